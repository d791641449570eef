import { child, defineSupervisor } from 'mabeam/workflows';
import { filter } from './filter';
import { guardFalsePositives, guardLatency, guardMemory } from './guards';
import { trainer } from './trainer';

/** Everybody who works on the mail. Each is started anew when it dies, but not more often than five times in a minute. */
export const mailTeam = defineSupervisor('mail-team', {
  strategy: 'one_for_one',
  intensity: 5,
  period: '60s',
  children: [
    child('filter-1', filter),
    child('filter-2', filter),
    child('filter-3', filter),
    child('guard-false-positives', guardFalsePositives),
    child('guard-latency', guardLatency),
    child('guard-memory', guardMemory),
    child('trainer', trainer),
  ],
});
