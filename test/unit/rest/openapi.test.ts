import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { ERRORS } from '../../../src/contracts/errors';
import { ROUTES } from '../../../src/rest/app';
import { codesOf } from '../../../src/rest/openapi';
import { isKeyed, needsKey } from '../../../src/rest/route';
import { SCHEMAS } from '../../../src/rest/schemas';
import { misfits, openApi } from '../../support/rest/document';
import { agentSchemas } from '../../../src/rest/schemas/agents';
import { electionSchemas } from '../../../src/rest/schemas/elections';
import { coordinationSchemas } from '../../../src/rest/schemas/coordination';
import { barrierSchemas } from '../../../src/rest/schemas/barriers';
import { lockSchemas } from '../../../src/rest/schemas/locks';
import { ballotSchemas } from '../../../src/rest/schemas/ballots';
import { counterSchemas } from '../../../src/rest/schemas/counters';
import { groupSchemas } from '../../../src/rest/schemas/groups';
import { healthSchemas } from '../../../src/rest/schemas/health';
import { readSchemas } from '../../../src/rest/schemas/reads';
import { studySchemas } from '../../../src/rest/schemas/studies';
import { subscriptionSchemas } from '../../../src/rest/schemas/subscriptions';
import { topicSchemas } from '../../../src/rest/schemas/topics';
import { supervisorSchemas } from '../../../src/rest/schemas/supervisors';
import { variableSetSchemas } from '../../../src/rest/schemas/variable-sets';

const metaSchema = JSON.parse(readFileSync(join(__dirname, '../../support/openapi/schema-3.1.json'), 'utf8')) as object;

test('the document is OpenAPI 3.1 by the schema of its authors', () => {
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats(ajv);
  ajv.addFormat('media-range', true);
  const validate = ajv.compile(metaSchema);
  expect([validate(openApi), validate.errors]).toEqual([true, null]);
  expect(validate({ ...openApi, paths: { 'no-slash': {} } })).toBe(false);
  // The schemas in it are of JSON Schema 2020-12.
  for (const schema of Object.values(openApi.components.schemas)) {
    expect(ajv.validateSchema(schema as object)).toBe(true);
  }
  expect(ajv.validateSchema({ type: 'nothing' })).toBe(false);
});

test('every route is in the document once, with its parameters, its body and a summary', () => {
  const operations = Object.values(openApi.paths).flatMap((methods) => Object.values(methods));
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(ROUTES.map(({ id }) => id).sort());
  expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length);
  for (const route of ROUTES) {
    const operation = openApi.paths[route.path]?.[route.method];
    const named = (where: string): string[] =>
      (operation?.parameters ?? []).filter((each) => each.in === where).map((each) => each.name);
    expect(named('path')).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(named('header').includes('Idempotency-Key')).toBe(isKeyed(route));
    const key = operation?.parameters.find((each) => each.name === 'Idempotency-Key');
    expect(key?.required ?? false).toBe(needsKey(route));
    expect(operation?.requestBody !== undefined).toBe(route.body !== undefined || route.takesFile === true);
    expect(operation?.summary.length).toBeGreaterThan(3);
  }
});

test('every code that a route may answer has its status in the document, as a problem', () => {
  for (const route of ROUTES) {
    const responses = openApi.paths[route.path]?.[route.method]?.responses ?? {};
    for (const code of codesOf(route)) {
      const { status } = ERRORS[code];
      const content = responses[String(status)]?.content ?? {};
      if (!(status in route.answers)) expect(Object.keys(content)).toEqual(['application/problem+json']);
    }
    expect(Object.keys(responses)).toContain('default');
  }
});

test('every schema that is referred to is there, and every one that is there is referred to', () => {
  const referred = new Set(
    [...JSON.stringify(openApi).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name),
  );
  expect([...referred].sort()).toEqual(Object.keys(SCHEMAS).sort());
  for (const name of referred) expect(misfits(name ?? '', Symbol.for('nothing')).join()).not.toMatch(/no schema/);
});

test('a schema tells a value that fits from one that does not', () => {
  const verdict = { kind: 'accepted', proposal: 1, version: 2 };
  expect(misfits('Verdict', verdict)).toEqual([]);
  expect(misfits('Verdict', { ...verdict, version: '2' })).not.toEqual([]);
  expect(misfits('Verdict', { ...verdict, unheard: 1 })).not.toEqual([]);
});

test('no two schemas have one name: the later would stand for both', () => {
  const groups = [agentSchemas, ballotSchemas, healthSchemas, lockSchemas, readSchemas, studySchemas];
  const others = [
    barrierSchemas,
    coordinationSchemas,
    counterSchemas,
    electionSchemas,
    groupSchemas,
    topicSchemas,
    variableSetSchemas,
  ];
  const more = [subscriptionSchemas, supervisorSchemas, ...others];
  const names = [...groups, ...more].flatMap((group) => Object.keys(group));
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(names.length + 1).toBe(Object.keys(SCHEMAS).length);
});
