/**
 * Runs the facade on loopback and opens one deliberate door to it, in the container's own network namespace.
 *
 * The facade refuses every address but loopback until it authenticates callers, and that rule has no exception for
 * containers. A published port however reaches a container on its outer address only. This process is that step: it
 * starts the facade as its child, forwards TCP from MABEAM_DOOR_PORT on all addresses to MABEAM_PORT on loopback, and
 * ends with its child. Who may reach the door is decided where it is published: docker-compose.yml publishes it on the
 * host's loopback only, and only that project's own services share the network it listens on.
 *
 * usage: node door.mjs PROGRAM [ARGUMENT...]
 */
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';

const [program, ...rest] = process.argv.slice(2);
const door = Number(process.env.MABEAM_DOOR_PORT);
const inner = Number(process.env.MABEAM_PORT);
if (program === undefined || !Number.isInteger(door) || !Number.isInteger(inner) || door === inner) {
  console.error('door: expected a program, and two different ports in MABEAM_DOOR_PORT and MABEAM_PORT');
  process.exit(2);
}

const server = createServer({ allowHalfOpen: true }, (outside) => {
  const inside = connect({ port: inner, host: '127.0.0.1', allowHalfOpen: true });
  const drop = () => {
    outside.destroy();
    inside.destroy();
  };
  outside.on('error', drop);
  inside.on('error', drop);
  outside.pipe(inside).pipe(outside);
});
server.on('error', (error) => {
  console.error(`door: ${error.message}`);
  process.exit(1);
});
server.listen(door, '0.0.0.0');

const child = spawn(process.execPath, [program, ...rest], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
