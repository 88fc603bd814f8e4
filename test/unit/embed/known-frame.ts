/**
 * One JPEG and one WebP with the pixels and the token they have to give, in Node and in workerd alike: the bytes of training are the bytes of serving.
 *
 * The digests are those of Node's side when @jsquash/jpeg 1.6.0 and @jsquash/webp 1.5.0 were pinned; test/edge/codecs.test.ts holds workerd to them. They
 * change with the decoder or with the encoder's measures, and then every index has to be built again.
 */

/** 24 x 16, quality 70. */
export const KNOWN_JPEG = [
  '/9j/2wBDAAoHBwgHBgoICAgLCgoLDhgQDg0NDh0VFhEYIx8lJCIfIiEmKzcvJik0KSEiMEExNDk7Pj4+JS5ESUM8SDc9Pjv/2wBDAQoLCw4NDhwQEBw7',
  'KCIoOzs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozv/wAARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAA',
  'AAAAAAAABQAG/8QAHhAAAQMEAwAAAAAAAAAAAAAAAAIEBQERIjEhQVH/xAAXAQADAQAAAAAAAAAAAAAAAAADBAUG/8QAIREAAQIEBwAAAAAAAAAAAAAA',
  'AQAEAgUhMQMGEiIjQcH/2gAMAwEAAhEDEQA/AMMxjLWSpPHVfBxvD6xGW8PrEbYxtrJUnjqvgRpmLTxYpp0fCp7CZ2IKAbw+sSN23h9YkPRzGt1tW822',
  'XX//2Q==',
].join('');

/** sha256 of the 24 · 16 · 4 bytes of RGBA. */
export const KNOWN_PIXELS = '486b0b3eb534ea2ae5d7ae964fb9b22d4fb20716756a7de06f93250e54dc7ff9';

/** sha256 of the 66 little-endian float32 values. */
export const KNOWN_TOKEN = '11c30b708b2b5e68374de055b8f717217556dd07d60d548f5fbc8585695e13d2';

/** 24 x 16, lossy, quality 70. */
export const KNOWN_WEBP = [
  'UklGRo4AAABXRUJQVlA4IIIAAADwBACdASoYABAAPp0+m0iloyKhMAgAsBOJbACdMoR3N6SfgABpf/XMb4CvofchOPAA/vfGKDcdhmcCSQHO9+CTuWJ41fM4',
  '0BznRc3ZXRP7TXs1sbmjV9YxyW9ictKnvmU7Gu9fWCwiHzEEP1c/wcmUp/91/wcmWXW3OgUZZnzAAAAA',
].join('');

/** sha256 of its 24 · 16 · 4 bytes of RGBA. */
export const KNOWN_WEBP_PIXELS = '26a92059d6f6a427cc39e436922354ec95acb320440c3e86b409b284c341ca76';

export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export async function sha256Hex(data: ArrayBufferView): Promise<string> {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
