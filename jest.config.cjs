const swc = [
  '@swc/jest',
  { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
];
/** PGlite loads Node's modules by dynamic import, which Jest's contexts refuse: those become require. */
const embedded = ['@swc/jest', { jsc: { target: 'es2023' }, module: { type: 'commonjs' } }];
const project = (name, more = {}) => ({
  displayName: name,
  // Fails a file that leaves something open.
  testEnvironment: '<rootDir>/test/support/environment.ts',
  setupFiles: ['<rootDir>/test/support/open-temporal.ts'],
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  transform: { '^.+\\.ts$': swc, '@electric-sql/.+\\.c?js$': embedded },
  transformIgnorePatterns: ['/node_modules/(?!@electric-sql/)'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^mabeam$': '<rootDir>/src/index.ts',
    '^mabeam/workflows$': '<rootDir>/workflows/door.ts',
  },
  ...more,
});
/** Projects that need the Temporal server: one server for the run, started and stopped by the global set-up. */
const onServer = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

const isSoak = process.env.MABEAM_CHAOS === 'soak';
const hasRealOtp = ['real', 'long'].includes(process.env.MABEAM_OTP ?? '');

module.exports = {
  testTimeout: 60_000,
  coverageProvider: 'v8',
  projects: [
    project('unit'),
    project('architecture'),
    // The real workflows take a minute more: MABEAM_OTP=real, or long.
    project('otp', hasRealOtp ? onServer : { testPathIgnorePatterns: ['/node_modules/', 'otp/real\\.test'] }),
    project('contract', onServer),
    project('workflow', onServer),
    project('replay', onServer),
    // Ten minutes of random kills: MABEAM_CHAOS=soak.
    project(
      'chaos',
      isSoak ? onServer : { ...onServer, testPathIgnorePatterns: ['/node_modules/', 'chaos/soak\\.test'] },
    ),
    project('e2e', onServer),
    project('python', onServer),
  ],
};
