/**
 * Which files are meant as music, as clips and as pictures: by the ending of the name alone. What they contain is found out
 * when they are read.
 *
 * Whatever ffmpeg commonly reads is here; what is not is counted by its ending where media are looked for (media-files.ts), so that nothing
 * is left out without a word.
 */
import { extname } from 'node:path';

const extensions = (words: string): ReadonlySet<string> => new Set(words.split(' ').map((word) => `.${word}`));

const AUDIO = extensions(
  'wav wave w64 rf64 bwf mp3 mp2 ogg oga opus spx flac m4a m4b m4r mp4 aac aif aiff aifc caf au snd wma asf mka weba webm ac3 eac3 dts alac ape wv tta tak mpc dsf dff amr awb 3ga ra',
);
const VIDEO = extensions(
  'mp4 m4v mov qt webm mkv avi divx mpg mpeg mpe m1v m2v vob ts mts m2ts 3gp 3g2 wmv asf flv f4v ogv ogm mxf dv rm rmvb y4m ivf h264 264 h265 265 hevc gif apng',
);
const PICTURES = extensions('jpg jpeg jpe jfif png webp avif heic heif tif tiff bmp jxl jp2 tga ppm');

export const extensionOf = (name: string): string => extname(name).toLowerCase();
export const isAudio = (name: string): boolean => AUDIO.has(extensionOf(name));
export const isVideo = (name: string): boolean => VIDEO.has(extensionOf(name));
export const isPicture = (name: string): boolean => PICTURES.has(extensionOf(name));

/** What Windows and file managers leave in folders of pictures. */
export const isSystemFile = (name: string): boolean => /^(thumbs\.db|desktop\.ini|icon\r|@eadir)$/i.test(name);
