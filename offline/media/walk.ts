/**
 * Everything below a folder: its files, folder by folder, and what cannot be looked at.
 *
 * Links to folders are followed, after all that is no link, so that what lies in the folder itself keeps its own name; each folder is read
 * once, by its real path, since links can lead back up. Hidden files are left out. A name that is not UTF-8 (a disk or an
 * archive from before it) is no text: it is shown as Latin-1, and the file is read through a link (byte-names.ts).
 */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { escaped, nameOf, type PathBytes, plainPath, within } from './byte-names.ts';

export interface Unreadable {
  file: string;
  reason: string;
}

export interface Entry {
  /** Within its folder, as text. */
  name: string;
  /** What opens it. */
  path: string;
  /** Relative to the folder that was walked, with slashes. */
  file: string;
}

export interface Folder {
  /** Relative likewise; '' is the one that was walked. */
  file: string;
  path: string;
  /** All but hidden ones, folders left out. */
  files: Entry[];
  hasFolders: boolean;
}

export interface Walked {
  folders: Folder[];
  unreadable: Unreadable[];
  /** What was done otherwise than one might think, in sentences. */
  remarks: string[];
}

interface Open {
  path: PathBytes;
  file: string;
}

/** @throws the file system's error when there is no such folder */
export async function walk(root: string): Promise<Walked> {
  const walked: Walked = { folders: [], unreadable: [], remarks: [] };
  const read = new Map<string, string>(); // real path -> file, of each folder
  const odd: string[] = [];
  const open: Open[] = [{ path: root, file: '' }];
  const links: Open[] = [];

  async function readFolder({ path, file }: Open): Promise<void> {
    const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    const folder: Folder = { file, path: await plainPath(path, ''), files: [], hasFolders: false };
    walked.folders.push(folder);
    const names = new Set<string>();
    for (const entry of entries.sort((a, b) => Buffer.compare(a.name, b.name))) {
      const read = nameOf(entry.name);
      if (read.name.startsWith('.')) continue;
      const name = names.has(read.name) ? escaped(entry.name) : read.name;
      names.add(name);
      const one = { path: within(path, entry.name), file: file ? `${file}/${name}` : name };
      if (read.isOdd) odd.push(one.file);
      if (await leadsToFolder(entry, one.path)) {
        folder.hasFolders = true;
        (entry.isSymbolicLink() ? links : open).push(one);
      } else folder.files.push({ name, path: await plainPath(one.path, name), file: one.file });
    }
  }

  for (let at = open.pop(); at; at = open.pop() ?? links.shift()) {
    try {
      const real = await realpath(at.path);
      const known = read.get(real);
      if (known === undefined) {
        read.set(real, at.file);
        await readFolder(at);
      } else walked.remarks.push(`${at.file}: the same folder as ${known || basename(root)}, which is read once.`);
    } catch (error) {
      if (at.file === '') throw error;
      walked.unreadable.push({ file: at.file, reason: whyNot(error) });
    }
  }
  if (odd.length)
    walked.remarks.push(
      `${odd[0]}${odd.length > 1 ? ` and ${odd.length - 1} more` : ''}: not UTF-8, so the name is read as Latin-1. Rename it where it is wrong.`,
    );
  return walked;
}

/** A link to nothing, or to itself, is a file that cannot be read. */
async function leadsToFolder(entry: Dirent<Buffer>, path: PathBytes): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** What the file system says, as a sentence. */
export function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it. Change its permissions.';
  if (code === 'ENOENT') return 'a link to nothing. Copy the file itself.';
  if (code === 'ELOOP') return 'a link that leads to itself. Copy the file itself.';
  return message;
}
