import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

/** A later block replaces a rule's options, it does not add to them: so the selectors that hold everywhere are repeated from here. */
const everywhere = [
  { selector: 'ExportAllDeclaration', message: 'Name every export: nothing is public by accident.' },
  { selector: 'ExportDefaultDeclaration', message: 'A thing has one name wherever it is used: no default export.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals: it is plain JSON and needs no import.' },
];

const pure = 'Rules are pure: pass time, randomness and data in as arguments.';
const deterministic = 'Workflow code is replayed: what it does must depend on its history only.';

const typed = tseslint.config({
  files: ['**/*.ts'],
  extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  linterOptions: { reportUnusedDisableDirectives: 'error' },
  rules: {
    '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    '@typescript-eslint/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
    ],
    '@typescript-eslint/explicit-module-boundary-types': 'error',
    // An async validator of an update is the mistake that this one finds: its promise would be ignored and nothing refused.
    '@typescript-eslint/no-misused-promises': 'error',
    'no-restricted-syntax': ['error', ...everywhere],
    'no-console': 'error',

    // `const { a: _, ...rest } = x` is how a thing is left out of a copy.
    '@typescript-eslint/no-unused-vars': [
      'error',
      {
        ignoreRestSiblings: true,
        varsIgnorePattern: '^_',
        argsIgnorePattern: '^_',
        destructuredArrayIgnorePattern: '^_',
      },
    ],
    // It asks for `!`, which we do not write.
    '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    // `() => log(x)` is read as well as a body of one line.
    '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],

    // `defineUpdate<void, [Message]>` is how the Temporal SDK writes an update without an answer.
    '@typescript-eslint/no-invalid-void-type': 'off',
    // A number in a message is what it looks like; booleans and objects are still refused.
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    // Numbers of foreign protocols (Temporal's queue types, Postgres' type ids) have their enums in packages we do not need.
    '@typescript-eslint/no-unsafe-enum-assignment': 'off',
    // A definition, a port and a set of activities are records of functions; none of their methods reads `this`.
    '@typescript-eslint/unbound-method': 'off',
    // Names of votes and of voters are split by spreading a text; all are ASCII.
    '@typescript-eslint/no-misused-spread': 'off',
    // `Record<never, never>` is how a definition says that it has no messages of a kind.
    '@typescript-eslint/no-generated-empty-object-type': 'off',
    // `get<typeof counter>('counter', 'tally')`: what a caller names once, so that its handle knows the messages.
    '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    // An entity's decider, a port and an HTTP route answer with a promise whether or not this one has to wait.
    '@typescript-eslint/require-await': 'off',

    // Signals, not walls: a second look, never a reason to cut a good thing in two.
    'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
    'max-params': ['warn', 4],
    'max-depth': ['warn', 3],
    complexity: ['warn', 10],
  },
});

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.test/**', '.mabeam/**', 'test/replay/histories/**'] },
  typed,
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['crypto', 'process', 'fetch', 'performance', 'setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
          name,
          message: pure,
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: pure },
        { object: 'Date', property: 'now', message: pure },
      ],
      'no-restricted-syntax': [
        'error',
        ...everywhere,
        // `Date.parse(text)` and `new Date(ms)` are arithmetic; without an argument they are a clock.
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: pure },
        { selector: 'CallExpression[callee.name="Date"]', message: pure },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'console', message: 'Use `log` of @temporalio/workflow: it is silent in replays.' },
        { name: 'setTimeout', message: 'Use `sleep` of @temporalio/workflow: it obeys cancellation.' },
        { name: 'setInterval', message: 'Use `sleep` of @temporalio/workflow: it obeys cancellation.' },
        { name: 'WeakRef', message: deterministic },
        { name: 'FinalizationRegistry', message: deterministic },
      ],
      'no-restricted-syntax': [
        'error',
        ...everywhere,
        {
          selector: 'ThrowStatement > NewExpression[callee.name=/Error$/]',
          message:
            'A plain error stalls the workflow. Return a refusal, or throw what workflows/kernel/failure.ts makes of one.',
        },
      ],
    },
  },
  {
    files: ['src/contracts/**/*.ts', 'src/domain/**/*.ts'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          require: { ClassDeclaration: true, FunctionDeclaration: true, ArrowFunctionExpression: true },
          contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'VariableDeclaration'],
          checkConstructors: false,
        },
      ],
    },
  },
  {
    // What a driver of a database brings is not always what the type of its table says.
    files: ['src/store/**/*.ts'],
    rules: { '@typescript-eslint/no-unnecessary-type-conversion': 'off' },
  },
  {
    // What a person reads on a terminal goes to standard output; that is what these are for.
    files: ['bench/**/*.ts', 'tools/**/*.ts', 'examples/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // Jest wants the set-up of a run as default export.
    files: ['test/support/global-*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A describe block is as long as its cases.
      'max-lines-per-function': 'off',
      'max-lines': ['warn', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
);
