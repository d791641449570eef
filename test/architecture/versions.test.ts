import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/docs/pages';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

test('every package of the Temporal SDK is there once, all in one version', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const sdk = Object.entries(packages).filter(([path]) => /node_modules\/@temporalio\/[^/]+$/.test(`/${path}`));
  expect(sdk.length).toBeGreaterThan(5);
  expect(sdk.filter(([path]) => path.lastIndexOf('node_modules/') > 0)).toEqual([]);
  expect(new Set(sdk.map(([, { version }]) => version)).size).toBe(1);
});
