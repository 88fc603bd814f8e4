/**
 * Names of files that are not UTF-8, as disks and archives of old have them.
 *
 * Linux takes any bytes for a name. Node reads such a name as bytes but ffmpeg, libraries and other processes are handed text. So
 * a file of such a name is reached through a symbolic link with a plain one, in a temporary folder that goes with this process.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';

/** Text where it is UTF-8. */
export type PathBytes = string | Buffer;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('windows-1252');

/** The name as people read it, and whether it is not what is stored. */
export function nameOf(bytes: Buffer): { name: string; isOdd: boolean } {
  try {
    return { name: utf8.decode(bytes), isOdd: false };
  } catch {
    return { name: latin1.decode(bytes), isOdd: true };
  }
}

/** The bytes of a name of which another has the letters already. */
export const escaped = (bytes: Buffer): string =>
  Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase()}`)).join(
    '',
  );

/** The path of what lies in a folder. */
export function within(folder: PathBytes, name: Buffer): PathBytes {
  const { name: text, isOdd } = nameOf(name);
  if (typeof folder === 'string' && !isOdd) return join(folder, text);
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), name]);
}

/** What opens it, as text. @param name as people read it: what is opened keeps its ending */
export async function plainPath(path: PathBytes, name: string): Promise<string> {
  if (typeof path === 'string') return path;
  return link(path, linksFolder(), `${sha(path)}${extname(name)}`);
}

/** A folder with some files of another under their names as people read them. */
export async function plainFolder(files: readonly { name: string; path: string }[], of: string): Promise<string> {
  const folder = join(linksFolder(), sha(Buffer.from(of)));
  await mkdir(folder, { recursive: true });
  for (const { name, path } of files) await link(Buffer.from(path), folder, name);
  return folder;
}

async function link(to: Buffer, folder: string, name: string): Promise<string> {
  const isAbsolute = to[0] === 0x2f;
  const target = isAbsolute ? to : Buffer.concat([Buffer.from(`${resolve('.')}/`), to]);
  const path = join(folder, name);
  await symlink(target, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // walked before
  });
  return path;
}

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 24);

let folder: string | undefined;

function linksFolder(): string {
  if (!folder) {
    const made = mkdtempSync(join(tmpdir(), 'cuepoint-names-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}
