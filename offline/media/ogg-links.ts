/**
 * The links of an Ogg file, and of each the packets of its sound.
 *
 * Files may be chained (RFC 3533 §4): one link after the other, each with its own streams, codec, rate and channels; internet radio
 * and `cat` make them. Streams of one link are interleaved: pictures, and a skeleton that describes them, stand beside the
 * sound. The first stream whose codec we know is what a link sounds like. Decoding is ogg.ts.
 */
import type { ByteSource } from './byte-source.ts';
import { type OggPage, readPages } from './ogg-pages.ts';

export type OggCodec = 'vorbis' | 'opus' | 'flac';

/** What one page of a link's sound ends. */
export interface LinkPage {
  kind: 'page';
  /** Whole ones, headers included, in order. */
  packets: Uint8Array[];
  /** In samples of the link, at the end of the last packet; undefined where the page fails to say it. */
  granule: number | undefined;
  /** Pages of the stream are missing before this one. */
  isAfterLoss: boolean;
}

export type LinkEvent =
  /** `codec` is undefined where none of its streams is one that we know; `named` says what is there. */
  { kind: 'begin'; codec: OggCodec | undefined; named: string } | LinkPage | { kind: 'end' };

/** @returns whether the file ends inside a page */
export async function* readLinks(source: ByteSource): AsyncGenerator<LinkEvent, boolean> {
  const pages = readPages(source);
  let firsts: OggPage[] = []; // of the link that begins
  let packets: PacketReader | undefined;
  let isOpen = false;
  for (;;) {
    const { value: page, done } = await pages.next();
    if (done || page.isFirst) {
      if (isOpen) yield { kind: 'end' };
      isOpen = false;
      // A link of nothing but a first page: what follows is another link.
      if (firsts.some(({ isLast, serial }) => isLast || (!done && serial === page.serial))) {
        yield* [begin(firsts), { kind: 'end' } as const];
        firsts = [];
      }
      if (!done) {
        firsts.push(page);
        continue;
      }
      if (firsts.length > 0) yield* [begin(firsts), { kind: 'end' } as const];
      return page;
    }
    if (firsts.length > 0) {
      // A first page without any other may have stayed of a link that was lost: what goes on is what sounds.
      const going = firsts.filter(({ serial }) => serial === page.serial);
      const first = soundOf(going) ?? soundOf(firsts);
      yield begin(first ? [first] : firsts);
      isOpen = true;
      packets = first && packetReader(first.serial);
      if (first) yield { kind: 'page', packets: packets!.take(first).packets, granule: 0, isAfterLoss: false };
      firsts = [];
    }
    const whole = packets?.take(page);
    if (whole?.packets.length) yield { kind: 'page', granule: page.granule, ...whole };
  }
}

function begin(firsts: readonly OggPage[]): LinkEvent {
  const first = soundOf(firsts);
  return {
    kind: 'begin',
    codec: first && codecOf(first.body),
    named: firsts
      .map(({ body }) =>
        word(body, 0, 8)
          .replace(/[^\x20-\x7e]/g, '')
          .trim(),
      )
      .join(', '),
  };
}

const soundOf = (firsts: readonly OggPage[]): OggPage | undefined =>
  firsts.find(({ body }) => codecOf(body) !== undefined);

/** By the first packet of a stream. */
function codecOf(packet: Uint8Array): OggCodec | undefined {
  if (word(packet, 0, 7) === '\x01vorbis') return 'vorbis';
  if (word(packet, 0, 8) === 'OpusHead') return knowsMapping(packet) ? 'opus' : undefined;
  return word(packet, 0, 5) === '\x7fFLAC' ? 'flac' : undefined;
}

/** Families 0, 1 and 255 (RFC 7845 §5.1.1); ambisonics (RFC 8486) are left to ffmpeg. */
const knowsMapping = (head: Uint8Array): boolean => [0, 1, 255].includes(head[18]);

/** The codec of the first link, if its first pages lie within these bytes. */
export async function firstCodec(head: Uint8Array): Promise<OggCodec | undefined> {
  if (word(head, 0, 4) !== 'OggS') return undefined;
  const links = readLinks({ size: head.length, read: async (at, length) => head.subarray(at, at + length) });
  const { value } = await links.next();
  return typeof value === 'object' && value.kind === 'begin' ? value.codec : undefined;
}

interface PacketReader {
  /** The packets that end on a page of the stream; none on those of others. */
  take(page: OggPage): Pick<LinkPage, 'packets' | 'isAfterLoss'>;
}

function packetReader(serial: number): PacketReader {
  let begun: Uint8Array[] | undefined; // what earlier pages held of a packet
  let expected: number | undefined;
  let isAfterLoss = false; // until a page says so that ends a packet
  return {
    take(page) {
      if (page.serial !== serial) return { packets: [], isAfterLoss: false };
      if (expected !== undefined && page.sequence !== expected) isAfterLoss = true;
      if (page.sequence !== expected || !page.isContinued) begun = undefined; // the rest of it was lost
      let isRest = page.isContinued && !begun;
      expected = page.sequence + 1;
      const packets: Uint8Array[] = [];
      let [from, to] = [0, 0];
      for (const [i, length] of page.segments.entries()) {
        to += length;
        const isEnd = length < 255;
        if (!isEnd && i < page.segments.length - 1) continue;
        const piece = page.body.subarray(from, to);
        from = to;
        if (!isEnd) {
          if (!isRest) begun = [...(begun ?? []), piece];
        } else {
          const packet = begun ? Buffer.concat([...begun, piece]) : piece;
          if (!isRest && packet.length > 0) packets.push(packet);
          begun = undefined;
          isRest = false;
        }
      }
      const told = isAfterLoss;
      if (packets.length > 0) isAfterLoss = false;
      return { packets, isAfterLoss: told };
    },
  };
}

const word = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
