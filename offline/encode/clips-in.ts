/** The clips below a folder, at least one. */
import { type Found, findClips, type Place } from '../media/media-files.ts';

/** @throws Error when there is no such folder, or no clip in it */
export async function clipsIn(from: string | Place): Promise<Found> {
  const folder = typeof from === 'string' ? from : from.address;
  const found = await findClips(from).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new Error(`${folder}: expected a folder of clips, got none there. Check the path.`, { cause: error });
  });
  if (!found.files.length) {
    const why = [...found.unreadable.map(({ file, reason }) => `${file}: ${reason}`), ...(found.remarks ?? [])].at(0);
    throw new Error(
      `${folder}: expected clips, found none. Give a folder with videos, or with folders of pictures.${why ? ` (${why})` : ''}`,
    );
  }
  return found;
}
