import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { ROOT } from '../support/docs/pages';

/** What a tenth more than today would be: a library that slips into the sandbox is larger than that. */
const MAX_BYTES = 2_500_000;

test('the bundle of the platform workflows stays small', async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows/index.ts'),
    logger: {
      log: () => undefined,
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    },
  });
  const bytes = Buffer.byteLength(code.slice(0, code.indexOf('//# sourceMappingURL')));
  expect(bytes).toBeLessThan(MAX_BYTES);
});
