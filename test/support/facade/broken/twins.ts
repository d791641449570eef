import { defineAgent } from 'mabeam/workflows';

/** Two agents of one type: a mistake that must be refused before anything starts. */
export const first = defineAgent({ type: 'twin', state: () => ({}) });
export const second = defineAgent({ type: 'twin', state: () => ({}) });
