import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** The search attributes of every workflow of ours; operators' list queries rest on them. All are keywords. */
export const SEARCH_ATTRIBUTES = {
  space: defineSearchAttributeKey('MabeamSpace', SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey('MabeamKind', SearchAttributeType.KEYWORD),
  name: defineSearchAttributeKey('MabeamName', SearchAttributeType.KEYWORD),
  status: defineSearchAttributeKey('MabeamStatus', SearchAttributeType.KEYWORD),
  owner: defineSearchAttributeKey('MabeamOwner', SearchAttributeType.KEYWORD),
} as const;
