/**
 * Where the weights of encoders are published, under which licence, and in what form.
 *
 * None of these files was at hand when this was written: addresses, licences and sizes are those that the publishers' pages and programs
 * name, and a file's hash is the one that its server says, where it says one (lib/download.ts). What comes is read by the parameters' names and
 * shapes, so another file at an address is refused, not taken.
 */

export interface Publication {
  /** Of the encoder (registry.ts). */
  name: string;
  /** What it is, for people. */
  what: string;
  /** The file: safetensors, or a state dict of PyTorch's. */
  url: string;
  licence: string;
  licenceAt: string;
  /** As the publisher's page says, for people. */
  size: string;
  /** What else a person should know. */
  note?: string;
}

const HUGGING_FACE = 'https://huggingface.co';
const PERCEPTION = {
  licence: 'Apache-2.0',
  licenceAt: 'https://github.com/facebookresearch/perception_models/blob/main/LICENSE.PE',
  note: 'the file has the text tower too, which is left in it',
};
const EFFICIENTAT = {
  licence: 'MIT',
  licenceAt: 'https://github.com/fschmid56/EfficientAT/blob/main/LICENSE',
  note: 'trained at 32 kHz; here it hears what 16 kHz have, up to 8 kHz',
};
const EFFICIENTAT_FILES = 'https://github.com/fschmid56/EfficientAT/releases/download/v0.0.1';

const PUBLICATIONS: readonly Publication[] = [
  {
    name: 'clip-vit-b32',
    what: "OpenAI's CLIP ViT-B/32, of which the image tower is taken",
    url: `${HUGGING_FACE}/timm/vit_base_patch32_clip_224.openai/resolve/main/open_clip_model.safetensors`,
    licence: 'MIT',
    licenceAt: 'https://github.com/openai/CLIP/blob/main/LICENSE',
    size: '605 MB',
    note: 'a copy by timm, as safetensors, whose page says Apache-2.0',
  },
  {
    name: 'ast',
    what: 'the audio spectrogram transformer of MIT, trained on AudioSet',
    url: `${HUGGING_FACE}/MIT/ast-finetuned-audioset-10-10-0.4593/resolve/main/model.safetensors`,
    licence: 'BSD-3-Clause',
    licenceAt: 'https://github.com/YuanGongND/ast/blob/master/LICENSE',
    size: '346 MB',
  },
  {
    name: 'pe-core-t16',
    what: "the image tower of Meta's Perception Encoder, PE core T/16",
    url: `${HUGGING_FACE}/facebook/PE-Core-T16-384/resolve/main/PE-Core-T16-384.pt`,
    size: 'some 280 MB',
    ...PERCEPTION,
  },
  {
    name: 'pe-core-s16',
    what: "the image tower of Meta's Perception Encoder, PE core S/16",
    url: `${HUGGING_FACE}/facebook/PE-Core-S16-384/resolve/main/PE-Core-S16-384.pt`,
    size: 'some 350 MB',
    ...PERCEPTION,
  },
  {
    name: 'ced-tiny',
    what: 'CED-Tiny of Xiaomi, an audio tagger, of which the encoder is taken',
    url: `${HUGGING_FACE}/mispeech/ced-tiny/resolve/main/model.safetensors`,
    licence: 'Apache-2.0',
    licenceAt: `${HUGGING_FACE}/mispeech/ced-tiny`,
    size: '22 MB',
  },
  {
    name: 'efficientat-mn04',
    what: 'mn04_as of EfficientAT, an audio tagger, of which the features are taken',
    url: `${EFFICIENTAT_FILES}/mn04_as_mAP_432.pt`,
    size: 'some 4 MB',
    ...EFFICIENTAT,
  },
  {
    name: 'efficientat-mn10',
    what: 'mn10_as of EfficientAT, an audio tagger, of which the features are taken',
    url: `${EFFICIENTAT_FILES}/mn10_as_mAP_471.pt`,
    size: 'some 19 MB',
    ...EFFICIENTAT,
  },
];

export const PUBLISHED_NAMES = PUBLICATIONS.map(({ name }) => name);

export const publicationOf = (name: string): Publication | undefined => PUBLICATIONS.find((one) => one.name === name);

/** What is shown before anything is fetched. */
export function publicationLines({ name, what, url, licence, licenceAt, size, note }: Publication): string[] {
  return [
    `${name}: ${what}`,
    `licence  ${licence}: ${licenceAt}`,
    `file     ${url} (${size})`,
    ...(note ? [`note     ${note}`] : []),
  ];
}
