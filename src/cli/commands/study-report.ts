import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { PlatformError, refuse } from '../../contracts/errors';
import { within, type CliDeps } from '../command';
import { FORMATS } from '../output';

const STANDARD_OUTPUT = '-';
const BYTES_PER_KILOBYTE = 1_000;

/** @throws PlatformError `invalid-request` when the file cannot be written */
async function save(deps: CliDeps, file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (error) {
    const isOfSystem = typeof error === 'object' && error !== null && 'code' in error;
    const why = isOfSystem ? String(error.code) : String(error);
    throw new PlatformError(refuse('invalid-request', `${file} cannot be written: ${why}`), error);
  }
  const kilobytes = Math.ceil(Buffer.byteLength(page) / BYTES_PER_KILOBYTE);
  deps.err(`${file}: ${String(kilobytes)} kB; it opens in any browser and needs no network\n`);
}

/** `mabeam study report`. */
export function addReportCommand(study: Command, deps: CliDeps): void {
  study
    .command('report <name>')
    .description('a study as one page of HTML that needs nothing else: plots, what they say, and a table')
    .option('-o, --output <file>', 'where the page goes; default: to standard output')
    .option('--contour <parameters...>', 'the two parameters of the contour (default: the most important)')
    .action((name: string, { contour }: { readonly contour?: readonly string[] }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const file: string = options.output ?? STANDARD_OUTPUT;
        if (FORMATS.some((format) => format === file))
          throw new PlatformError(refuse('invalid-request', `a report is HTML; expected a file after -o, got ${file}`));
        const [x, y, ...more] = contour ?? [];
        if (contour !== undefined && (x === undefined || y === undefined || more.length > 0))
          throw new PlatformError(
            refuse('invalid-request', `a contour is of two parameters; got ${contour.join(', ')}`),
          );
        const chosen = x === undefined || y === undefined ? {} : { contour: [x, y] as const };
        const page = await space.studies.at(name).report(chosen);
        if (file === STANDARD_OUTPUT) deps.out(page);
        else await save(deps, file, page);
        return 0;
      }),
    );
}
