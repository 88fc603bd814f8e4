/**
 * Run a command for as long as the process that started it lives.
 *
 * The starter holds the other end of our standard input. However it ends, by itself, by Ctrl+C, by a closed terminal or by
 * SIGKILL, the input closes, and the command and all its children are ended: we lead their process group.
 */
import { spawn } from 'node:child_process';

const PATIENCE_MS = 3000;

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let closing = false;
child.once('exit', (code) => {
  if (closing) endGroup(); // what is still shutting down ends now, so that its port is free when we are gone
  process.exit(code ?? 1);
});

process.on('SIGTERM', () => undefined); // sent to the group below, and not meant for us
process.stdin.resume();
process.stdin.once('close', () => {
  closing = true;
  process.kill(-process.pid, 'SIGTERM');
  setTimeout(endGroup, PATIENCE_MS);
});

/** Ourselves included. */
function endGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}
