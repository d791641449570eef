import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What the tests read of a service in a Compose file. */
export interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly healthcheck?: { readonly test?: readonly string[] };
}

/** A Compose file with its anchors resolved, before interpolation. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

/** Reads a Compose file. @throws when it is no YAML */
export function composeFile(file: string): ComposeFile {
  return parse(readFileSync(file, 'utf8'), { merge: true }) as ComposeFile;
}

/** Replaces `${NAME:-default}` as Compose does; of its forms only this one is known. @throws for a name without value and default */
function interpolate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_all, name: string, fallback: string | undefined) => {
    const value = values[name] ?? fallback;
    if (value === undefined) throw new Error(`no value for ${name}`);
    return value;
  });
}

/** The environment that a service's processes get, given the values of `.env`. */
export function serviceEnvironment(
  service: ComposeService,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const pairs = Object.entries(service.environment ?? {});
  return Object.fromEntries(pairs.map(([name, text]) => [name, interpolate(text, values)]));
}
