import { plantedIn, type Mutation } from '../mutation';

const clock = { file: 'src/domain/causality/vector-clock.ts', test: 'test/unit/domain/causality/vector-clock.test.ts' };
const dots = {
  file: 'src/domain/causality/dotted-versions.ts',
  test: 'test/unit/domain/causality/dotted-versions.test.ts',
};
const before = 'test/unit/domain/causality/happened-before.test.ts';
const cache = { file: 'src/registry/cache.ts', test: 'test/unit/registry/cache.test.ts' };
const watch = { file: 'src/store/read-models/group-watch.ts', project: 'contract' as const };
const envelope = { file: 'src/store/envelope.ts', test: 'test/unit/store/envelope.test.ts' };
const answers = { file: 'src/rest/idempotency.ts', test: 'test/unit/rest/idempotency.test.ts' };

/** Causality, names, messages and events. */
export const FOUNDATION: readonly Mutation[] = [
  ...plantedIn(clock, [
    [
      'CAU-1 what is after another clock is concurrent',
      "return isAbove ? 'after' : 'concurrent';",
      "return 'concurrent';",
      'CAU-1 compare is a partial order',
    ],
    [
      'CAU-1 a merge takes smaller counts, too',
      'count > countOf(one, actor)',
      'count !== countOf(one, actor)',
      'CAU-1 merge is commutative',
    ],
    [
      'CAU-2 entries go by size',
      'if (gone === undefined) return true;',
      'if (gone === undefined) return Object.keys(clock).length <= 3;',
      'CAU-2 against the unpruned clocks',
      'basho/riak_kv#1864',
    ],
    [
      'CAU-2 an entry goes from clocks that do not know the mark',
      'return count !== gone.last || !covers(clock, gone.mark);',
      'return count !== gone.last;',
      'CAU-2 against the unpruned clocks',
      'basho/riak_core#613',
    ],
    [
      'CAU-2 it is enough that one of the living knows',
      'Object.values(live).every(',
      'Object.values(live).some(',
      'CAU-2 an entry goes only when',
    ],
  ]),
  ...plantedIn(dots, [
    [
      'CAU-3 a write overwrites all that its replica knows',
      'discardVersions(versions, context).siblings, {',
      'discardVersions(versions, known).siblings, {',
      'CAU-3 100 interleaved writers',
    ],
    [
      'CAU-3 a merge keeps what the other has discarded',
      'one.siblings.filter(({ dot }) => isIn(other.siblings, dot) || !covers(other.context, dot))',
      'one.siblings',
      'CAU-3 a discard takes what was seen',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/causality/hybrid-clock.ts', test: before }, [
    [
      'CAU-4 twice the drift is taken',
      'if (aheadMs <= MAX_DRIFT_MS)',
      'if (aheadMs <= 2 * MAX_DRIFT_MS)',
      'CAU-4 a stamp beyond the allowed drift',
    ],
    [
      'CAU-4 the time of a message is not taken in',
      'compareTimes(clock, other) < 0 ? other : clock',
      'clock',
      'CAU-4 in random histories',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/causality/happened-before.ts', test: before }, [
    [
      'CAU-4 the search does not go on into the life before',
      'if (known === 0) yield* this.lifeBefore(at);',
      '',
      'CAU-4 in random histories',
    ],
  ]),
  ...plantedIn(cache, [
    [
      'CAC-3 late news of an end evicts whatever is there',
      'generationOf(entry) <= generation && entries.map.delete(key)',
      'entries.map.delete(key)',
      'CAC-3 late news of the end',
      'dotnet/orleans#7494',
    ],
    [
      'CAC-4 one entry too many',
      'if (map.size <= max) break;',
      'if (map.size <= max + 1) break;',
      'CAC-4 the cache holds at most',
    ],
    [
      'CAC-4 each question is asked by itself',
      'if (running !== undefined) return running;',
      '',
      'CAC-4 any number of cached questions',
    ],
    [
      'CAC-4 entries outlive their time',
      'ttl * (1 - jitter * random())',
      'ttl * (1 + jitter * random())',
      'CAC-4 entries end within their time',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/groups.ts', test: 'test/unit/domain/groups.test.ts' }, [
    [
      'REG-2 news of an older life counts',
      'if (life !== undefined && event.generation < life.generation) return { life, changes: [] };',
      '',
      'REG-2 a newer life begins without any group',
    ],
    [
      'REG-5 a life that is over joins groups',
      'if (now.hasEnded) return { life: now, changes: replaced };',
      '',
      'REG-5 who was found gone by the sweep',
    ],
  ]),
  ...plantedIn({ ...watch, test: 'test/contract/groups-watch.test.ts' }, [
    [
      'WAT-3 the change after a position is passed over',
      ".where('position', '>', after);",
      ".where('position', '>', after + 1);",
      'WAT-1…8 on PGlite',
      'etcd-io/etcd#18089',
    ],
  ]),
  ...plantedIn({ ...watch, test: 'test/contract/groups-reads.test.ts' }, [
    [
      'WAT-7 what is gone is passed over',
      'if (seen.isAhead || (after < seen.removed && seen.removed > removedBefore)) return true;',
      'if (seen.isAhead) return true;',
      'WAT-7 a position that is gone',
      'etcd-io/etcd#19179',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/coordination/topic.ts', test: 'test/unit/domain/topic.test.ts' }, [
    [
      'PUB-3 a star stands for any words',
      "word === '*' ? ONE_WORD",
      "word === '*' ? WORDS",
      'PUB-3 the pattern orders.* means',
    ],
    [
      'PUB-3 a dot is any letter',
      String.raw`words.join('\\.')`,
      "words.join('.')",
      'PUB-3 the pattern orders.new means',
    ],
  ]),
  ...plantedIn(envelope, [
    [
      'ENV-1 ids are without the generation',
      'const id = `${generation}/${String(event.sequence)}`;',
      'const id = String(event.sequence);',
      'ENV-1 ENV-2 every published event',
    ],
    [
      'ENV-2 a sequence does not sort',
      "String(event.sequence).padStart(SEQUENCE_DIGITS, '0')",
      'String(event.sequence)',
      'ENV-1 ENV-2 every published event',
    ],
    [
      'ENV-5 secrets are stored',
      "SECRET.test(name) && !isOpen ? '[redacted]' : withoutSecrets(value)",
      'SECRET.test(name) && !isOpen ? value : withoutSecrets(value)',
      'ENV-5 what stands under the name of a secret',
    ],
  ]),
  ...plantedIn(answers, [
    [
      'IDM-2 another body under a used key is the first one',
      'if (before.fingerprint === fingerprint)',
      'if (before.fingerprint !== undefined)',
      'IDM-2 what is not done in time',
    ],
    [
      'IDM-3 answers are kept for an hour',
      'ANSWERS_KEPT_MS = 24 * 3_600_000',
      'ANSWERS_KEPT_MS = 3_600_000',
      'IDM-3 an answer is kept for a day',
    ],
    [
      'IDM-4 a key counts for any operation',
      '.update(`${operation}\\n${key}`)',
      '.update(key)',
      'IDM-4 the scope of a key',
    ],
  ]),
];
