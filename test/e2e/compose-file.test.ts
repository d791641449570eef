import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { composeFile, serviceEnvironment, type ComposeService } from '../support/compose';

const root = path.join(__dirname, '../..');
const schema: unknown = JSON.parse(
  readFileSync(path.join(root, 'test/support/compose-spec/compose-spec.json'), 'utf8'),
);
const file = composeFile(path.join(root, 'docker-compose.yml'));
const services = Object.entries(file.services);
const lasting = services.filter(([, service]) => service.restart === 'unless-stopped');
const ours = services.filter(([name]) => name.startsWith('mabeam-'));

function validator(): (document: unknown) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat('duration', true);
  ajv.addFormat('ports', true);
  ajv.addFormat('expose', true);
  ajv.addFormat('subnet_ip_address', true);
  const validate = ajv.compile(schema as object);
  return (document) => {
    validate(document);
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
  };
}

describe('docker-compose.yml', () => {
  test('follows the Compose specification', () => {
    const validate = validator();
    expect(validate(file)).toEqual([]);
    expect(validate({ services: { one: { imagee: 'x' } } })).not.toEqual([]);
  });

  test('names every role of the platform, and Postgres, Temporal and its Web UI', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'mabeam-api',
      'mabeam-evaluator',
      'mabeam-store',
      'mabeam-worker',
      'postgresql',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
      'temporal-ui',
    ]);
  });

  test.each(services)('%s is pinned to a version', (_name, service: ComposeService) => {
    expect(service.image).toMatch(/^[a-z/-]+:\d[\w.-]*$/);
  });

  test.each(services)('%s publishes ports on loopback only', (_name, service: ComposeService) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test.each(services)('%s has no capabilities, no way to gain any, and bounds', (_name, service: ComposeService) => {
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(service.mem_limit).toBeDefined();
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.privileged ?? false).toBe(false);
  });

  test.each(services.filter(([name]) => name !== 'temporal-ui'))('%s cannot write its root', (_name, service) => {
    expect(service.read_only).toBe(true);
  });

  test.each(lasting)('%s has a health check', (_name, service) => {
    expect(service.healthcheck?.test).toBeDefined();
  });

  test.each(ours)('%s is started again when it ends, and has time to end in order', (_name, service) => {
    expect(service.restart).toBe('unless-stopped');
    expect(service.stop_grace_period).toBe('30s');
  });

  test('what runs once is tried again when it fails, but not for ever', () => {
    const once = services.filter(([, { restart }]) => restart !== 'unless-stopped');
    expect(once.map(([name, { restart }]) => [name, restart])).toEqual([
      ['temporal-schema', 'on-failure:5'],
      ['temporal-namespace', 'on-failure:5'],
    ]);
  });

  test('the database has no way out, and only who needs it reaches it', () => {
    const networks = Object.entries(file.networks);
    expect(networks.filter(([, network]) => network.internal === true).map(([name]) => name)).toEqual(['data']);
    expect(file.services['postgresql']?.networks).toEqual(['data']);
    const near = services.filter(([, service]) => service.networks?.includes('data')).map(([name]) => name);
    expect(near.sort()).toEqual(['mabeam-api', 'mabeam-store', 'postgresql', 'temporal', 'temporal-schema']);
  });

  test.each(ours)('%s gets the address and the namespace that the set-up makes', (_name, service) => {
    const environment = serviceEnvironment(service, {});
    const setUp = serviceEnvironment(file.services['temporal-namespace'] ?? {}, {});
    expect(environment['TEMPORAL_ADDRESS']).toBe(setUp['TEMPORAL_ADDRESS']);
    expect(environment['TEMPORAL_NAMESPACE']).toBe(setUp['TEMPORAL_NAMESPACE']);
  });

  test('the settings that cost 50 ms a hop are lifted in the server that it runs', () => {
    const settings = readFileSync(path.join(root, 'deploy/temporal/dynamic-config.yaml'), 'utf8');
    for (const part of ['transfer', 'timer', 'visibility']) {
      expect(settings).toMatch(new RegExp(`history\\.${part}ProcessorMaxPollRPS:\\n {2}- value: \\d{3,}`));
    }
    const mounted = file.services['temporal']?.volumes?.[0];
    expect(mounted).toBe('./deploy/temporal/dynamic-config.yaml:/etc/temporal/dynamic-config.yaml:ro');
    expect(serviceEnvironment(file.services['temporal'] ?? {}, {})['DYNAMIC_CONFIG_FILE_PATH']).toBe(
      '/etc/temporal/dynamic-config.yaml',
    );
  });

  test('the image has no role of root and every COPY names a path that is let into the build', () => {
    const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
    const allowed =
      readFileSync(path.join(root, '.dockerignore'), 'utf8')
        .match(/^!(.+)$/gm)
        ?.map((line) => line.slice(1)) ?? [];
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' '),
    );
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(
      copied.filter((source) => !allowed.some((name) => source === name || source.startsWith(`${name}/`))),
    ).toEqual([]);
  });
});
