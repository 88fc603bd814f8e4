/** An ffmpeg that ends, or stops, whoever asks it to read certain files: what a decoder's bug does to its process. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Any other file it cannot read. */
const SCRIPT = `#!/bin/sh
case "$*" in
  *kills*) kill -KILL $PPID ;;
  *hangs*) kill -STOP $PPID ;;
esac
exit 1
`;

/** @returns the PATH that finds it first, with the one before as `before` */
export async function poisonedPath(folder: string): Promise<{ path: string; before: string | undefined }> {
  const below = join(folder, 'bin');
  await mkdir(below);
  await writeFile(join(below, 'ffmpeg'), SCRIPT);
  await chmod(join(below, 'ffmpeg'), 0o755);
  return { path: `${below}:${process.env.PATH}`, before: process.env.PATH };
}
