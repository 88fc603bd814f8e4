/** The posts below a folder: whatever plays or is shown, videos, sound files, animated pictures, and folders of pictures. */
import { type Found, findAudio, findClips } from '../media/media-files.ts';

/** @throws Error when there is no such folder, or no post in it */
export async function postsIn(folder: string): Promise<Found> {
  const [clips, sounds] = await Promise.all([findClips(folder), findAudio(folder)]).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
      throw new Error(`${folder}: expected a folder of posts, got none there. Check the path.`, { cause: error });
    },
  );
  const known = new Set(clips.files.map(({ path }) => path));
  const files = [...clips.files, ...sounds.files.filter(({ path }) => !known.has(path))];
  const unreadable = clips.unreadable.filter(({ file }) => sounds.unreadable.some((other) => other.file === file));
  if (!files.length)
    throw new Error(`${folder}: expected posts, found none. Give a folder with videos or sound files.`);
  return {
    files: files.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)),
    unreadable,
    remarks: (clips.remarks ?? []).filter((line) => !line.startsWith('no clips by their names')),
  };
}
