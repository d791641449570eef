import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { buildProgram } from '../../../src/cli/main';
import { REMEMBERED_REQUESTS } from '../../../src/contracts/entity';
import { ROUTES } from '../../../src/rest/app';
import { ANSWERS_KEPT, ANSWERS_KEPT_MS } from '../../../src/rest/idempotency';
import { codesOf } from '../../../src/rest/openapi';
import { isKeyed, needsKey, type Route } from '../../../src/rest/route';
import { ROOT } from './pages';

const NOTE = '<!-- Generated: `npm run docs` writes this page, and a test compares it. -->';

function commandsOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** The command line, connected to nothing. */
function commandLine(): Command {
  const unplugged = (): never => {
    throw new Error('help connects to nothing');
  };
  const quiet = (): void => undefined;
  return buildProgram({
    connect: unplugged,
    server: unplugged,
    dataDir: unplugged,
    now: () => 0,
    out: quiet,
    err: quiet,
    exit: quiet,
    isTty: false,
    isColoured: false,
  });
}

/** Every command, as it is typed. */
export function commandNames(): readonly string[] {
  return commandsOf(commandLine()).map(nameOf);
}

/** The page of the command line: what `--help` says of each command. */
export function cliPage(): string {
  const sections = commandsOf(commandLine()).map((command) => {
    const help = command.configureHelp({ helpWidth: 100 }).helpInformation();
    return `## ${nameOf(command)}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
  });
  return [
    `# Command line\n\n${NOTE}\n`,
    'The exit code is 0 when it is done, 2 for wrong usage, 130 when interrupted, else as [errors](errors.md) says; a pending proposal',
    'and a refused one are told apart by it, too. `-o json` and `-o jsonl` are for programs; nothing else is printed to standard output.\n',
    ...sections,
  ].join('\n');
}

function keyOf(route: Route): string {
  if (needsKey(route)) return 'Needs an `Idempotency-Key`.';
  return isKeyed(route) ? 'Takes an `Idempotency-Key`.' : (route.repeating ?? 'Changes nothing.');
}

function routeSection(route: Route): string {
  const answers = Object.entries(route.answers).map(([status, name]) =>
    name === null ? status : `${status} (\`${name}\`)`,
  );
  const codes = [...new Set(codesOf(route))].sort().map((code) => `[${code}](errors.md#${code})`);
  return [
    `## ${route.method.toUpperCase()} ${route.path}\n`,
    `${route.summary}.\n`,
    `Answers: ${answers.join(', ')}. ${keyOf(route)}\n`,
    `Problems: ${codes.join(', ')}.\n`,
  ].join('\n');
}

const inThousands = (count: number): string => count.toLocaleString('en');

/** The page of the facade: what the routes say of themselves. */
export function restPage(): string {
  return [
    `# REST\n\n${NOTE}\n`,
    'The facade listens on loopback only, by default at `http://127.0.0.1:7411`. `GET /openapi.json` answers the OpenAPI 3.1 document with',
    'the schemas of bodies and answers; they are the schemas that validate. What all routes have in common:\n',
    '- **Repeating.** A POST that changes something needs an `Idempotency-Key`: the same key with the same request is answered as the first',
    '  time and marked `Idempotency-Replayed: true`; with another request it is `idempotency-key-reused`. The receiver keeps the answers',
    `  of its newest ${inThousands(REMEMBERED_REQUESTS)} requests, over renewals, and after its end for as long as Temporal keeps the run; the facade keeps`,
    `  its newest ${inThousands(ANSWERS_KEPT)} answers for ${String(ANSWERS_KEPT_MS / 3_600_000)} hours.`,
    '- **Versions.** A set answers its version as a strong `ETag`; what must not pass over a newer version names it in `If-Match`.',
    '- **Problems** are RFC 9457 documents with the `code` of [errors](errors.md); `Retry-After` says when a retryable one is worth repeating.',
    '- **Lists** come in pages: `pageSize`, `pageToken`, and `nextPageToken` in the answer. They are read from read models and carry the',
    '  position that they reflect.',
    '- **Events** are server-sent; `Last-Event-ID` continues where a stream broke.\n',
    ...ROUTES.map(routeSection),
  ].join('\n');
}

/** The room of a file: one of the folders below src/, or a top folder. */
function roomOf(path: string): string {
  return /^src\/[^/]+|^[^/]+/.exec(path.replace(/\.ts$/, ''))?.[0] ?? path;
}

/** The arrows between the rooms of the code, as Mermaid draws them. */
export function borderDiagram(): string {
  const files = ['src', 'workflows', 'activities', 'workers'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const arrows = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^(?:import|export|\}) [^;]*?from '(\.[^']+)';$/gm)]
      .map(([, to = '']) => [roomOf(relative(ROOT, file)), roomOf(relative(ROOT, join(dirname(file), to)))] as const)
      .filter(([from, to]) => from !== to && to !== 'tools'),
  );
  const id = (path: string): string => path.replace(/\W/g, '_');
  const nodes = [...new Set(arrows.flat())].sort();
  return [
    '```mermaid',
    'flowchart LR',
    ...nodes.map((path) => `  ${id(path)}["${path}"]`),
    ...[...new Set(arrows.map(([from, to]) => `  ${id(from)} --> ${id(to)}`))].sort(),
    '```',
  ].join('\n');
}
