import type { ExitReport, StartReport, Supervised } from '../src/contracts/entity';
import { refuse } from '../src/contracts/errors';
import { show } from '../src/contracts/ids';
import type { LiveChild } from '../src/contracts/supervision';
import type { ChildExit, SupervisorCommand } from '../src/contracts/supervisor';
import type { Parsed } from './kernel/decider';
import { isRecord } from '../src/domain/record';

type Fields = Readonly<Record<string, unknown>>;

const no = (what: string, got: unknown): { readonly ok: false; readonly refusal: ReturnType<typeof refuse> } => ({
  ok: false,
  refusal: refuse('invalid-message', `expected ${what}; got ${show(got)}`),
});

/** What each request needs beside its kind. Specifications are checked by the rule, which answers what OTP would. */
const COMMANDS: Readonly<Record<SupervisorCommand['kind'], (fields: Fields) => boolean>> = {
  start_child: ({ spec, id }) => (spec === undefined ? id === undefined || typeof id === 'string' : isRecord(spec)),
  adopt: ({ spec, id }) => isRecord(spec) || typeof id === 'string',
  restart_child: ({ id }) => typeof id === 'string',
  delete_child: ({ id }) => typeof id === 'string',
  terminate_child: ({ id }) => typeof id === 'string',
  release: ({ id }) => typeof id === 'string',
  which_children: () => true,
  count_children: () => true,
  get_childspec: ({ id }) => typeof id === 'string',
  change: ({ spec }) => isRecord(spec),
};

/** A request to a supervisor. */
export function parseCommand(args: unknown): Parsed<SupervisorCommand> {
  const kinds = Object.keys(COMMANDS).join(', ');
  if (!isRecord(args) || typeof args['kind'] !== 'string' || !Object.hasOwn(COMMANDS, args['kind']))
    return no(`a request of the kind ${kinds}`, args);
  const kind = args['kind'] as SupervisorCommand['kind'];
  return COMMANDS[kind](args)
    ? { ok: true, args: args as unknown as SupervisorCommand }
    : no(`the fields of ${kind}`, args);
}

const isSupervised = (value: unknown): value is Supervised =>
  isRecord(value) &&
  typeof value['supervisor'] === 'number' &&
  typeof value['id'] === 'string' &&
  typeof value['generation'] === 'number';

/** The last act of a child. One that no supervisor has started says nothing of that. */
export function parseReport(args: unknown): Parsed<ExitReport> {
  const isReport =
    isRecord(args) &&
    isRecord(args['reason']) &&
    (args['supervised'] === undefined || isSupervised(args['supervised']));
  return isReport ? { ok: true, args: args as unknown as ExitReport } : no('the report of an exit', args);
}

/** The first act of what names this supervisor as its owner. The shell has looked at child and generation number. */
export function parseStarted(args: unknown): Parsed<StartReport> {
  const isStart =
    isRecord(args) &&
    typeof args['child'] === 'string' &&
    isRecord(args['generation']) &&
    typeof args['generation']['firstRunId'] === 'string' &&
    (args['start'] === undefined || (isRecord(args['start']) && isRecord(args['start']['init'])));
  return isStart ? { ok: true, args: args as unknown as StartReport } : no('the report of a start', args);
}

/** What the sweep found. */
export function parseGone(args: unknown): Parsed<Omit<LiveChild, 'workflowId'> & { readonly reason: ChildExit }> {
  const isGone = isSupervised(args) && isRecord((args as unknown as Fields)['reason']);
  return isGone ? { ok: true, args: args as never } : no('a child that is gone and the reason', args);
}
