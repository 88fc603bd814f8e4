/** Where a track's preview can be heard: an address that opens by itself, since players send no API key. */
import type { Track } from '../index/format/catalogue.ts';
import { signPreview } from './guard/preview-signature.ts';
import type { Bindings } from './service.ts';

/** @returns a path of this service; null where the track has no preview. @throws Problem as signPreview */
export async function previewUrl(
  settings: Pick<Bindings, 'ACCESS' | 'API_KEYS'>,
  { id, preview }: Pick<Track, 'id' | 'preview'>,
  indexVersion: string,
): Promise<string | null> {
  if (!preview) return null;
  const signature = await signPreview(settings, id, indexVersion);
  const path = `/v1/tracks/${encodeURIComponent(id)}/preview`;
  return signature === undefined ? path : `${path}?signature=${signature}`;
}
