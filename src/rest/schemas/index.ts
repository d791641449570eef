import { ERRORS } from '../../contracts/errors';
import { agentSchemas } from './agents';
import { ballotSchemas } from './ballots';
import { electionSchemas } from './elections';
import { coordinationSchemas } from './coordination';
import { barrierSchemas } from './barriers';
import { lockSchemas } from './locks';
import { counterSchemas } from './counters';
import { groupSchemas } from './groups';
import { healthSchemas } from './health';
import { readSchemas } from './reads';
import { anything, byName, count, list, object, oneOf, text, type JsonSchema } from './shapes';
import { studySchemas } from './studies';
import { subscriptionSchemas } from './subscriptions';
import { supervisorSchemas } from './supervisors';
import { topicSchemas } from './topics';
import { variableSetSchemas } from './variable-sets';

const Problem = object(
  {
    type: { type: 'string', format: 'uri' },
    title: text,
    status: count(400),
    detail: text,
    code: oneOf(...Object.keys(ERRORS)),
    requestId: text,
    traceId: text,
  },
  {
    errors: list(object({ pointer: text, reason: text })),
    currentVersion: count(1),
    retryAfterMs: count(),
    verdict: byName(anything),
  },
);

/** All named schemas of the OpenAPI document. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ...agentSchemas,
  ...variableSetSchemas,
  ...ballotSchemas,
  ...counterSchemas,
  ...groupSchemas,
  ...readSchemas,
  ...studySchemas,
  ...subscriptionSchemas,
  ...supervisorSchemas,
  ...topicSchemas,
  ...healthSchemas,
  ...coordinationSchemas,
  ...lockSchemas,
  ...electionSchemas,
  ...barrierSchemas,
  Problem,
};
