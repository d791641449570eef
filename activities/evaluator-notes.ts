import { PlatformError, refuse } from '../src/contracts/errors';
import type { Attributes, AttributeValue } from '../src/contracts/optimisation/attributes';
import { attributesProblem, OF_TRIAL } from '../src/domain/optimisation/attributes';

/** What one attempt notes of its trial. */
export class Notes {
  #attributes: Attributes = {};

  get attributes(): Attributes {
    return this.#attributes;
  }

  /** Notes a value; the last of a name stays. @throws PlatformError `invalid-message`; what was noted before stays */
  note(name: string, value: AttributeValue): void {
    const next = { ...this.#attributes, [name]: value };
    const problem = attributesProblem(next, OF_TRIAL);
    if (problem !== undefined) throw new PlatformError(refuse('invalid-message', problem));
    this.#attributes = next;
  }
}
