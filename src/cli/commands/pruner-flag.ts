import { InvalidArgumentError } from 'commander';
import { PRUNERS, type PrunerSpec } from '../../contracts/optimisation/pruning';

function optionOf(text: string): readonly [string, unknown] {
  const [, name, value] = /^([A-Za-z]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError(`expected option=value after the kind; got ${text}`);
  if (name === 'of') return [name, { kind: value }];
  if (value === 'true' || value === 'false') return [name, value === 'true'];
  return [name, Number.isFinite(Number(value)) ? Number(value) : value];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`expected JSON; got ${text}`);
  }
}

/** A pruner as a flag: `median`, `halving:minResource=2,reductionFactor=3`, or the JSON of its specification. */
export function prunerFlag(text: string): PrunerSpec {
  if (text.startsWith('{')) return parsed(text) as PrunerSpec;
  const [kind = '', options = ''] = text.split(':', 2);
  if (!PRUNERS.some((each) => each === kind))
    throw new InvalidArgumentError(`expected one of ${PRUNERS.join(', ')}; got ${kind}`);
  const given = options === '' ? [] : options.split(',').map(optionOf);
  // the study says which options go with which kind
  return { kind, ...Object.fromEntries(given) } as PrunerSpec;
}
