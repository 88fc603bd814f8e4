/**
 * No colour codes in a file, in a pipe, or where NO_COLOR is set (https://no-color.org).
 *
 * citty decides about colours once, when it is loaded, and knows NO_COLOR=1 only. So cli.ts imports this file before any other.
 */
const { env, stdout, stderr } = process;

if (env.NO_COLOR || !stdout.isTTY || !stderr.isTTY) {
  env.NO_COLOR = '1';
  delete env.FORCE_COLOR; // Node warns of both
}
