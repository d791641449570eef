import type { PrunerSpec } from '../../../contracts/optimisation/pruning';
import { halvingPruner } from './halving';
import { hyperbandPruner } from './hyperband';
import { patientPruner } from './patient';
import { percentilePruner } from './percentile';
import { promotingPruner } from './promotion';
import type { Pruner } from './pruner';
import { thresholdPruner } from './threshold';
import { wilcoxonPruner } from './wilcoxon';

const MEDIAN = 50;

/** The pruner that a study asks for; its options are checked. */
export function prunerOf(spec: PrunerSpec): Pruner {
  switch (spec.kind) {
    case 'median':
      return percentilePruner(MEDIAN, spec);
    case 'percentile':
      return percentilePruner(spec.percentile, spec);
    case 'halving':
      return spec.promote === true ? promotingPruner(spec) : halvingPruner(spec);
    case 'hyperband':
      return hyperbandPruner(spec);
    case 'wilcoxon':
      return wilcoxonPruner(spec);
    case 'threshold':
      return thresholdPruner(spec);
    case 'patient':
      return patientPruner(spec, spec.of === undefined ? undefined : prunerOf(spec.of));
  }
}
