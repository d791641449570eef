import { anything, byName, count, instant, list, object, oneOf, page, ref, text, type JsonSchema } from './shapes';

/** What routes answer about groups of agents. */
export const groupSchemas: Readonly<Record<string, JsonSchema>> = {
  Joined: object({ group: text, kind: oneOf('joined', 'updated', 'already') }),
  Left: object({ group: text, kind: oneOf('left', 'absent') }),
  Member: object({
    group: text,
    agent: text,
    generation: count(),
    tags: list(text),
    metadata: byName(anything),
    since: instant,
    position: count(1),
  }),
  Members: page('Member'),
  Group: object({ name: text, members: count(1), position: count(1) }),
  Groups: page('Group'),
  GroupChange: object(
    { kind: oneOf('joined', 'updated', 'left'), member: ref('Member') },
    { why: oneOf('left', 'ended', 'lost', 'replaced') },
  ),
  GroupNews: object(
    { kind: oneOf('set', 'changed', 'progress', 'compacted'), position: count() },
    { members: list(ref('Member')), changes: list(ref('GroupChange')) },
  ),
};
