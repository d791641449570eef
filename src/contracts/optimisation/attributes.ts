/** What is noted under a name. */
export type AttributeValue = string | number | boolean | null;
/** What a user notes of a study or a trial, by name. The platform keeps it and decides nothing by it. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Attributes of one study. */
export const MAX_STUDY_ATTRIBUTES = 50;
/** And their length as JSON, in bytes. */
export const STUDY_ATTRIBUTE_BYTES = 8_000;
/** Attributes of one trial. */
export const MAX_TRIAL_ATTRIBUTES = 20;
/** And their length as JSON, in bytes. */
export const TRIAL_ATTRIBUTE_BYTES = 2_000;

/** Whether it can be noted: a text, a finite number, a truth value or null. */
export function isAttributeValue(value: unknown): value is AttributeValue {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
