import { InvalidArgumentError } from 'commander';
import { isAttributeValue, type Attributes, type AttributeValue } from '../../contracts/optimisation/attributes';

/** A number, true, false, null and a text in quotation marks are what they are in JSON; what else is typed is a text. */
function valueOf(text: string): AttributeValue {
  try {
    const value: unknown = JSON.parse(text);
    return isAttributeValue(value) ? value : text;
  } catch {
    return text;
  }
}

/** Collects attributes such as `owner=ann`. What they may be is said by the study. */
export function attributeFlag(text: string, before: Attributes = {}): Attributes {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`expected name=value; got ${text}`);
  return { ...before, [text.slice(0, at)]: valueOf(text.slice(at + 1)) };
}
