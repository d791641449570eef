import { relative } from 'node:path';
import type { DefinitionNames, Facts } from './parent';

const LABEL = 12;

/** What `mabeam dev` tells when everything runs. */
export interface Welcome {
  readonly server: { readonly address: string; readonly what: string; readonly url: string | undefined };
  readonly facts: Required<Facts>;
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

function runs({ agents, sets, supervisors, evaluators }: DefinitionNames): string {
  const parts = Object.entries({ agents, 'variable sets': sets, supervisors, evaluators })
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${what} ${list.join(', ')}`);
  return parts.length === 0 ? 'no definitions; give a file: mabeam dev ./my-agents.ts' : parts.join('; ');
}

/** The addresses, where the data lies, what runs, how to stop. */
export function welcome({ server, facts, dataDir }: Welcome): string {
  const { namespace, facade, store, definitions } = facts;
  const data =
    store.kind === 'pglite' ? `${near(dataDir)} (Temporal and store; kept over restarts)` : `Postgres ${store.place}`;
  return [
    'mabeam is running\n',
    line('Temporal', `${server.address}, namespace ${namespace} (${server.what})`),
    server.url === undefined ? '' : line('Web UI', `${server.url}/namespaces/${namespace}/workflows`),
    line('REST', `${facade}/v1/spaces/default/agents, ${facade}/openapi.json`),
    line('Runs', runs(definitions)),
    line('Data', data),
    line('Stop', 'Ctrl-C'),
  ].join('');
}
