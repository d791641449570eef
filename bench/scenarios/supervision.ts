import type { Row } from '../measure';
import type { Setting } from '../setting';
import { counts } from '../supervision/counts';
import { detection } from '../supervision/detection';
import { overhead } from '../supervision/overhead';
import { scale } from '../supervision/scale';

/** What supervision costs: on the path of a message, until a death is seen, in events, and in a large tree. */
export async function supervision(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  return [
    ...(await overhead(setting, isShort)),
    ...(await detection(setting, isShort)),
    ...(await counts()),
    ...(await scale(setting, isShort)),
  ];
}
