/**
 * What is known of posts beside their sound and pictures: when each was published, and by whom.
 *
 * From a table that a team hands in (`posts.csv` among the posts, or --about), and where that does not say, a date from the post's own name or its
 * folders, as tools that save posts write it. A file's own times are not taken: they are those of the copy.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mediaNames } from '../encode/media-names.ts';
import { shown } from '../formats/tables/cells.ts';
import type { LineFault } from '../formats/tables/csv.ts';
import type { Form } from '../formats/tables/form.ts';
import { readTable, understood } from '../formats/tables/table.ts';
import type { MediaFile } from '../media/media-files.ts';

export interface AboutPost {
  /** Digits from the year to the second, as far as they are known: texts of one length sort as times do. */
  date?: string;
  author?: string;
}

export interface AboutPosts {
  /** By file, relative to the folder of posts. */
  of: ReadonlyMap<string, AboutPost>;
  /** What was read, and what could not be, for people. */
  lines: string[];
}

/** Looked for in the folder of posts, where no other table is named. */
export const TABLE = 'posts.csv';

const POSTS: Form = {
  what: 'a table of posts',
  columns: {
    post: ['clip', 'file', 'video', 'video_id', 'name', 'filename'],
    date: ['published', 'published_at', 'posted', 'posted_at', 'upload_date', 'created', 'created_at', 'time'],
    author: ['account', 'user', 'username', 'uploader', 'creator', 'editor', 'by'],
  },
  required: [['post'], ['date', 'author']],
};

/**
 * @param table of a person; TABLE in the folder, where there is one, unless given
 * @param hash of a post's content, as ids have it
 * @throws Error when the table that was named is not there, or is none
 */
export async function aboutPosts(
  folder: string,
  files: readonly MediaFile[],
  { table, hash }: { table?: string; hash: (path: string) => Promise<string> },
): Promise<AboutPosts> {
  const of = new Map<string, AboutPost>();
  for (const { file } of files) {
    const date = dateInName(file);
    if (date) of.set(file, { date });
  }
  const path = table ?? join(folder, TABLE);
  if (!table && !existsSync(path)) return { of, lines: [] };
  const read = await readTable(path, POSTS);
  const find = mediaNames(files, hash);
  const faults: LineFault[] = [...read.faults];
  let known = 0;
  for (const { cells, line } of read.rows) {
    const post = cells.get('post');
    const found = await find(String(post ?? '')).catch((error: Error) => error);
    const date = dateIn(cells.get('date'));
    const author = cells.get('author');
    if (post === undefined) faults.push({ line, reason: 'column "post": expected the name of a file, got nothing' });
    else if (found instanceof Error) faults.push({ line, reason: `post ${found.message}` });
    else if (!found) faults.push({ line, reason: `no post is called ${shown(post)}` });
    else if (date instanceof Error) faults.push({ line, reason: date.message });
    else {
      known++;
      of.set(found.file, {
        ...of.get(found.file),
        ...(date ? { date } : {}),
        ...(author === undefined ? {} : { author: String(author).normalize('NFC') }),
      });
    }
  }
  const told = faults
    .sort((a, b) => a.line - b.line)
    .map(({ line, reason }) => `left out: ${path} line ${line}: ${reason}`);
  return { of, lines: [`read ${understood(read)}: ${known} of the posts`, ...told] };
}

/** A day of this century or the last, with or without marks between, and a time behind it. */
const IN_NAME =
  /(?<!\d)((?:19|20)\d\d)[-_./]?(0[1-9]|1[0-2])[-_./]?(0[1-9]|[12]\d|3[01])(?:[T _-]{1,3}([01]\d|2[0-3])[-_.:h]?([0-5]\d)(?:[-_.:m]?([0-5]\d))?)?(?!\d)/;

/** The last that a path has: the file's own name stands behind its folders. */
export function dateInName(file: string): string | undefined {
  const parts = [...file.matchAll(new RegExp(IN_NAME, 'g'))].at(-1);
  return parts && digits(parts.slice(1));
}

const WRITTEN = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?$/i;

/** Year, month, day, and a time where there is one; seconds since 1970 as programs write them. A zone is not looked at. */
function dateIn(cell: unknown): string | undefined | Error {
  if (cell === undefined || cell === null) return undefined;
  const text = String(cell).trim();
  const parts = WRITTEN.exec(text);
  const [month, day] = [Number(parts?.[2]), Number(parts?.[3])];
  if (parts && month >= 1 && month <= 12 && day >= 1 && day <= 31) return digits(parts.slice(1));
  if (/^\d{9,10}$/.test(text)) return new Date(1000 * Number(text)).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return new Error(
    `column "date": expected a day as 2026-11-30, or with a time as 2026-11-30 14:05, got ${shown(cell)}`,
  );
}

const digits = (parts: readonly (string | undefined)[]): string =>
  parts
    .map((part, i) => part ?? (i ? '00' : ''))
    .join('')
    .padEnd(14, '0');
