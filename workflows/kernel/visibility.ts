import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { EntityInput } from '../../src/contracts/entity';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes';

/** The first line of a Markdown text without its marks: one line for lists and events. */
export function summaryOf(markdown: string): string {
  const line = markdown.split('\n').find((each) => each.trim() !== '') ?? '';
  return line
    .replace(/^[#\s>-]+/, '')
    .replace(/[*_`]/g, '')
    .slice(0, 200);
}

/** Shows status and details in the Temporal Web UI. Search attributes cost an event, so only changes are written. */
export function showInTemporal(input: EntityInput, status: string, markdown: string): void {
  setCurrentDetails(markdown);
  if (input.searchAttributes === false) return;
  const wanted = { space: input.space, kind: input.kind, name: input.name, status, owner: input.owner };
  const known = workflowInfo().typedSearchAttributes;
  const changes: SearchAttributeUpdatePair[] = [];
  for (const part of ['space', 'kind', 'name', 'status', 'owner'] as const) {
    const key = SEARCH_ATTRIBUTES[part];
    if (known.get(key) !== wanted[part]) changes.push({ key, value: wanted[part] });
  }
  if (changes.length > 0) upsertSearchAttributes(changes);
}
