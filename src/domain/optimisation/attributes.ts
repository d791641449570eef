import { show } from '../../contracts/ids';
import {
  isAttributeValue,
  STUDY_ATTRIBUTE_BYTES,
  MAX_STUDY_ATTRIBUTES,
  TRIAL_ATTRIBUTE_BYTES,
  MAX_TRIAL_ATTRIBUTES,
  type Attributes,
} from '../../contracts/optimisation/attributes';
import { jsonBytes } from '../mailbox';
import { isRecord } from '../record';
import { MEASURE } from './objectives';

/** How much may be noted. */
export interface AttributeLimits {
  readonly most: number;
  /** As JSON. */
  readonly bytes: number;
}

/** Of a study. */
export const OF_STUDY: AttributeLimits = { most: MAX_STUDY_ATTRIBUTES, bytes: STUDY_ATTRIBUTE_BYTES };
/** Of a trial, with each of its endings. */
export const OF_TRIAL: AttributeLimits = { most: MAX_TRIAL_ATTRIBUTES, bytes: TRIAL_ATTRIBUTE_BYTES };

/** What is wrong with attributes, in a sentence; nothing when all is well. */
export function attributesProblem(value: unknown, { most, bytes }: AttributeLimits): string | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value)) return `attributes are values by name; got ${show(value)}`;
  const entries = Object.entries(value);
  if (entries.length > most) return `at most ${String(most)} attributes; got ${String(entries.length)}`;
  const misnamed = entries.find(([name]) => !MEASURE.test(name));
  if (misnamed !== undefined)
    return `the name of an attribute is a letter and up to 63 letters, digits, ".", "_", "-"; got ${show(misnamed[0])}`;
  const odd = entries.find(([, each]) => !isAttributeValue(each));
  if (odd !== undefined)
    return `the attribute ${odd[0]} is a text, a finite number, true, false or null; got ${show(odd[1])}`;
  const length = jsonBytes(value) ?? Infinity;
  return length > bytes ? `attributes have at most ${String(bytes)} bytes as JSON; got ${String(length)}` : undefined;
}

/** Attributes as a part of what they belong to; none are no part. */
export function partOf(attributes: Attributes | undefined): { readonly attributes?: Attributes } {
  return attributes === undefined || Object.keys(attributes).length === 0 ? {} : { attributes };
}

/** What came as the attributes of a trial, when it is that, as a part. */
export function readPart(value: unknown): { readonly attributes?: Attributes } {
  return attributesProblem(value, OF_TRIAL) === undefined ? partOf(value as Attributes) : {};
}
