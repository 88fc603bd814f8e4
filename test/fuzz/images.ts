/** The image decoders on damaged pictures: each is decoded to what its header says, or refused as an ImageError. */
import fc from 'fast-check';
import { decodeImage, type ImageDecoders } from '../../functions/embed/decode-image.ts';
import { ImageError } from '../../functions/embed/image-error.ts';
import { damaged } from './bytes.ts';
import { type Campaign, runCampaign, type Tally } from './campaign.ts';
import { PICTURES } from './pictures.ts';

const pictures = fc.constantFrom(...PICTURES.map(([, bytes]) => bytes));
const drawn = fc.oneof(
  { weight: 8, arbitrary: pictures.chain((bytes) => damaged(bytes, 3)) },
  { weight: 1, arbitrary: pictures.chain(resized) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
);

/** @param check told after some cases: that a whole picture is decoded as before */
export function fuzzImages(decoders: ImageDecoders, campaign: Campaign): Promise<Tally> {
  let count = 0;
  return runCampaign(
    drawn,
    async (bytes) => {
      if (++count % 200 === 0) await decodesAll(decoders);
      try {
        const { width, height, data } = await decodeImage(bytes, decoders);
        if (data.length !== width * height * 4) throw new TypeError(`${width} x ${height} in ${data.length} bytes`);
        return 'decoded';
      } catch (error) {
        if (error instanceof ImageError) return error.code;
        throw error;
      }
    },
    campaign,
  );
}

/** @throws when a whole picture is not decoded any more */
async function decodesAll(decoders: ImageDecoders): Promise<void> {
  for (const [kind, bytes] of PICTURES) {
    const { width, height } = await decodeImage(bytes, decoders);
    if (width !== 24 || height !== 16) throw new Error(`${kind}: expected 24 x 16, got ${width} x ${height}`);
  }
}

/** Another size where the file tells its size, up to the largest that fits there; what it contains is not as large. */
function resized(bytes: Uint8Array<ArrayBuffer>): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const side = fc.oneof(fc.constantFrom(0, 1, 23, 25, 255, 2048, 2049, 16_383, 65_535), fc.nat({ max: 65_535 }));
  return fc.tuple(side, side).map(([width, height]) => {
    const copy = Uint8Array.from(bytes);
    const view = new DataView(copy.buffer);
    const frame = copy.findIndex((byte, i) => byte === 0xff && (copy[i + 1] === 0xc0 || copy[i + 1] === 0xc2));
    const lossy = copy.findIndex((byte, i) => byte === 0x9d && copy[i + 1] === 0x01 && copy[i + 2] === 0x2a);
    if (copy[0] === 0x89) {
      view.setUint32(16, width);
      view.setUint32(20, height);
    } else if (copy[0] === 0xff && frame > 0) {
      view.setUint16(frame + 5, height);
      view.setUint16(frame + 7, width);
    } else if (lossy > 0) {
      view.setUint16(lossy + 3, width, true);
      view.setUint16(lossy + 5, height, true);
    } else {
      view.setUint32(21, (width & 0x3fff) | ((height & 0x3fff) << 14), true); // lossless WebP, behind its signature
    }
    return copy;
  });
}
