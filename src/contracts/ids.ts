import { refuse, type Refusal } from './errors';

/** What a workflow of ours can be. The kind is the middle part of every workflow id. */
export const KINDS = [
  'agent',
  'variables',
  'ballot',
  'study',
  'supervisor',
  'service',
  'session',
  'lock',
  'semaphore',
  'election',
  'barrier',
  'counter',
  'value',
] as const;
/** The kinds of things that have a name; the second part of a workflow id. */
export type Kind = (typeof KINDS)[number];

/** A tenant or an environment; every test has its own. */
export type Space = string & { readonly __brand: 'Space' };
/** The name of one thing of a kind within a space. A ballot's name may carry `@` and its proposal's number. */
export type Name = string & { readonly __brand: 'Name' };
/** `<space>:<kind>:<name>`; built here and nowhere else. */
export type WorkflowId = string & { readonly __brand: 'WorkflowId' };

const PART = /^[a-z0-9][a-z0-9._-]{0,99}$/;
const NUMBERED = /^[a-z0-9][a-z0-9._-]{0,99}@[1-9][0-9]{0,8}$/;

/** What a part of an id must look like, for messages. */
export const PART_RULE = '1 to 100 of a-z, 0-9, ".", "_", "-", beginning with a letter or a digit';

/** Parses a space. @returns the branded text, or the refusal `invalid-id` that names what came. */
export function parseSpace(text: unknown): Space | Refusal {
  return typeof text === 'string' && PART.test(text)
    ? (text as Space)
    : refuse('invalid-id', `a space is ${PART_RULE}; got ${show(text)}`);
}

const OF_AGENT = 'agent~';

/** Parses the name of a group of consumers. @returns the name, or the refusal `invalid-id` that names what came. */
export function parseGroup(text: unknown): string | Refusal {
  const isName = typeof text === 'string' && PART.test(text.startsWith(OF_AGENT) ? text.slice(OF_AGENT.length) : text);
  return isName ? text : refuse('invalid-id', `the name of a subscription is ${PART_RULE}; got ${show(text)}`);
}

/** The group that is the subscription of an agent: a name that nobody else can take. */
export function groupOfAgent(agent: string): string {
  return `${OF_AGENT}${agent}`;
}

/** The agent whose subscription a group is; `undefined` for any other group. */
export function agentOfGroup(group: string): Name | undefined {
  return group.startsWith(OF_AGENT) ? (group.slice(OF_AGENT.length) as Name) : undefined;
}

/** Parses a name that is not that of a thing. @param what as the message calls it: `a tag` @returns the name or `invalid-id` */
export function parseLabel(what: string, text: unknown): string | Refusal {
  return typeof text === 'string' && PART.test(text)
    ? text
    : refuse('invalid-id', `${what} is ${PART_RULE}; got ${show(text)}`);
}

/** Parses the name of a queue of agents. @returns the name, or the refusal `invalid-id` that names what came. */
export function parseQueue(text: unknown): string | Refusal {
  return typeof text === 'string' && PART.test(text)
    ? text
    : refuse('invalid-id', `a queue is ${PART_RULE}; got ${show(text)}`);
}

/** Parses the name of a thing; only ballots may take the form `<name>@<number>`. @returns the name or `invalid-id`. */
export function parseName(kind: Kind, text: unknown): Name | Refusal {
  const isName = typeof text === 'string' && (PART.test(text) || (kind === 'ballot' && NUMBERED.test(text)));
  if (isName) return text as Name;
  const rule = kind === 'ballot' ? `<set>@<proposal number>, such as trainer@17, or ${PART_RULE}` : PART_RULE;
  return refuse('invalid-id', `the name of a ${kind} is ${rule}; got ${show(text)}`);
}

/** The one place that builds a workflow id. Space and name are parsed already. */
export function workflowId(space: Space, kind: Kind, name: Name): WorkflowId {
  return `${space}:${kind}:${name}` as WorkflowId;
}

/** How a topic is named in the log, beside workflows; it is none. The topic is parsed already. */
export function topicId(space: Space, topic: string): string {
  return `${space}:topic:${topic}`;
}

/** The parts of a workflow id. @returns `invalid-id` for a text that is not one of ours. */
export function parseWorkflowId(text: string): { space: Space; kind: Kind; name: Name } | Refusal {
  const [space, kind, name, ...rest] = text.split(':');
  const known = KINDS.find((each) => each === kind);
  if (known === undefined || rest.length > 0)
    return refuse('invalid-id', `a workflow id is <space>:<${KINDS.join('|')}>:<name>; got ${show(text)}`);
  const parsedSpace = parseSpace(space);
  if (typeof parsedSpace !== 'string') return parsedSpace;
  const parsedName = parseName(known, name);
  if (typeof parsedName !== 'string') return parsedName;
  return { space: parsedSpace, kind: known, name: parsedName };
}

/** Set and number of a proposal, in the name of its ballot; `undefined` for a ballot that no set has opened. */
export function proposalOf(ballot: Name): { readonly set: Name; readonly proposal: number } | undefined {
  const [set = '', number] = ballot.split('@');
  return number === undefined ? undefined : { set: set as Name, proposal: Number(number) };
}

/** The name of the ballot that decides proposal `number` of a set. */
export function ballotName(set: Name, number: number): Name {
  return `${set}@${String(number)}` as Name;
}

/** Shows a value that came from outside in an error message, bounded to 80 characters. */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : ((JSON.stringify(value) as string | undefined) ?? String(value));
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
