/**
 * Every fixed bound of the wire and of the queues, with what happens when it is reached. Bounds that an
 * operator may want to move live in the process's config schema instead.
 */
export const LIMITS = {
  /** A 1920×1080 JPEG at quality 90 is about 450 KB. A larger frame is refused and the camera told so. */
  frameBytesMax: 1_048_576,
  /** Pixels of a decoded picture; 40 MP is a phone photo. More is refused from the header, before decoding. */
  imagePixelsMax: 40_000_000,
  /** JSON messages of devices; larger ones are refused by kind (see the message table). */
  deviceMessageBytesMax: 8_192,
  /** Event ids in one acknowledgement; more need another message. */
  eventAckIdsMax: 64,
  /** Doors on one controller: common controllers have 1, 2 or 4. */
  doorsPerControllerMax: 8,
  /** Records in one upload; the gateway sends the rest in the next. */
  syncBatchRecordsMax: 500,
  /** Characters of one record's JSON text. A larger record is a defect of the gateway, refused at append. */
  recordPayloadCharsMax: 4_096,
  /** Body of one upload; the server answers 413 above it. */
  syncBodyBytesMax: 4_194_304,
  /** Roster items in one page; the gateway asks again with the new cursor. */
  rosterPageItemsMax: 500,
  /** Photos in one enrolment request; the templates of one person are at most this many. */
  enrolPhotosMax: 5,
  /** One enrolment photo. A larger one is refused. */
  enrolPhotoBytesMax: 12_582_912,
} as const
