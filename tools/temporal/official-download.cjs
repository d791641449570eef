/**
 * Fetches the official `temporal` program through the SDK: `node official-download.cjs VERSION FOLDER`.
 *
 * A process of its own, because the SDK gives no way to end a download that hangs. The SDK fetches only in order to start
 * a server, so one is started and stopped.
 */
const { TestWorkflowEnvironment } = require('@temporalio/testing');

const [version, downloadDir] = process.argv.slice(2);
TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', version, downloadDir } } })
  .then((environment) => environment.teardown())
  .then(
    () => process.exit(0),
    (error) => {
      process.stderr.write(String(error?.message ?? error));
      process.exit(1);
    },
  );
