/**
 * Which folders of pictures are a clip: those with nothing else in them, and more than one picture or a numbered one.
 *
 * A poster beside a video, the cover of an album and the pictures of a web page lie in folders, too, and none of them is a clip. What is
 * passed over is reported.
 */
import { isPicture, isSystemFile } from './media-kinds.ts';
import type { Entry, Folder } from './walk.ts';

export interface Judged {
  /** The folder is one clip. */
  isClip: boolean;
  /** Animated pictures, each a clip by itself. */
  animations: Entry[];
  /** Why its pictures are no clip, as a sentence. */
  remark?: string;
}

/** @param isAnimation whether the file of that path is an animated picture */
export async function judgePictures(
  { file, files, hasFolders }: Folder,
  isAnimation: (path: string) => Promise<boolean>,
): Promise<Judged> {
  const animations: Entry[] = [];
  const pictures: Entry[] = [];
  for (const one of files.filter(({ name }) => isPicture(name)))
    ((await isAnimation(one.path).catch(() => false)) ? animations : pictures).push(one);
  if (pictures.length === 0) return { isClip: false, animations };
  const what = `${file || 'the folder itself'}: ${pictures.length === 1 ? `the picture ${pictures[0].name}` : `${pictures.length} pictures`}`;
  const other = files.find((one) => !pictures.includes(one) && !isSystemFile(one.name));
  if (other || hasFolders)
    return {
      isClip: false,
      animations,
      remark: `${what} beside ${other ? other.name : 'other folders'}: no clip. A clip's pictures lie in a folder of their own.`,
    };
  if (pictures.length === 1 && !isNumbered(pictures[0].name))
    return { isClip: false, animations, remark: `${what} alone: no clip. Number a clip's pictures: 0.jpg, 1.jpg, …` };
  return { isClip: true, animations };
}

const isNumbered = (name: string): boolean => /\d\.\w+$/.test(name);
