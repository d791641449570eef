import { relative } from 'node:path';
import type { Definitions } from './definitions';

const LABEL = 12;

/** What `mabeam dev` tells when everything runs. */
export interface Welcome {
  readonly server: { readonly address: string; readonly what: string; readonly url: string | undefined };
  readonly namespace: string;
  readonly facade: { readonly url: string };
  readonly store: { readonly place: string; readonly store: { readonly database: { readonly kind: string } } };
  readonly definitions: Pick<Definitions, 'agents' | 'sets' | 'evaluators'>;
  readonly dataDir: string;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL)}${text}\n`;
}

/** A path as a person would type it: from here, when that is shorter. */
function near(path: string): string {
  const from = relative(process.cwd(), path);
  return from !== '' && from.length < path.length ? from : path;
}

function runs({ agents, sets, evaluators }: Welcome['definitions']): string {
  const parts = Object.entries({ agents, 'variable sets': sets, evaluators })
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${what} ${list.map(({ name }) => name).join(', ')}`);
  return parts.length === 0 ? 'no definitions; give a file: mabeam dev ./my-agents.ts' : parts.join('; ');
}

/** The addresses, where the data lies, what runs, how to stop. */
export function welcome({ server, namespace, facade, store, definitions, dataDir }: Welcome): string {
  const kind = store.store.database.kind;
  const data =
    kind === 'pglite' ? `${near(dataDir)} (Temporal and store; kept over restarts)` : `Postgres ${store.place}`;
  return [
    'mabeam is running\n',
    line('Temporal', `${server.address}, namespace ${namespace} (${server.what})`),
    server.url === undefined ? '' : line('Web UI', `${server.url}/namespaces/${namespace}/workflows`),
    line('REST', `${facade.url}/v1/spaces/default/agents, ${facade.url}/openapi.json`),
    line('Runs', runs(definitions)),
    line('Data', data),
    line('Stop', 'Ctrl-C'),
  ].join('');
}
