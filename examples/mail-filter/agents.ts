/** The definitions of the mail filter: what `mabeam dev examples/mail-filter/agents.ts` runs. */
export { filter } from './filter';
export { guardFalsePositives, guardLatency, guardMemory } from './guards';
export { mailTeam } from './team';
export { trainer } from './trainer';
export { mailFilter } from './variables';
