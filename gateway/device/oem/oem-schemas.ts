import { Type } from 'typebox'

/*
 * What terminals of this family send, as widely as firmwares differ: numbers arrive as text, some fields under an old
 * name, others not at all, and more than is named here is ignored. `oem-reader` turns it into strict types.
 */
const Whole = Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.String({ pattern: '^ *[0-9]{1,15} *$' })])
const Decimal = Type.Union([Type.Number(), Type.String({ pattern: '^ *[0-9]{1,6}(\\.[0-9]{0,12})? *$' })])
const Text = Type.Union([Type.String({ maxLength: 2_048 }), Type.Integer(), Type.Null()])
/** An id: some firmwares write theirs as a number. */
const Id = Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })])
const Ids = Type.Array(Type.Object({ customId: Type.Optional(Id) }), { maxItems: 1_000 })

/** Every message: what it is, and of whom it speaks. */
export const OemEnvelope = Type.Object({
  operator: Type.String({ minLength: 1, maxLength: 64 }),
  messageId: Type.Optional(Text),
  code: Type.Optional(Whole),
  info: Type.Optional(Type.Object({ facesluiceId: Type.Optional(Id) })),
})

export const RecPush = Type.Object({
  info: Type.Object({
    facesluiceId: Id,
    RecordID: Whole,
    customId: Type.Optional(Text),
    VerifyStatus: Whole,
    PersonType: Type.Optional(Whole),
    similarity1: Type.Optional(Decimal),
    Sendintime: Type.Optional(Whole),
    PushType: Type.Optional(Whole),
    time: Type.Optional(Text),
  }),
})

export const SnapPush = Type.Object({
  info: Type.Object({
    facesluiceId: Id,
    SnapID: Type.Optional(Whole),
    SnapOrRecordID: Type.Optional(Whole),
    Sendintime: Type.Optional(Whole),
    PushType: Type.Optional(Whole),
    time: Type.Optional(Text),
  }),
})

export const StatusPush = Type.Object({ info: Type.Object({ facesluiceId: Id, time: Type.Optional(Text), ip: Type.Optional(Text) }) })

/** Of old firmwares both lists are absent where they are empty, and `info` where the whole command was refused. */
export const EditAck = Type.Object({
  info: Type.Optional(Type.Object({
    AddErrInfo: Type.Optional(Type.Array(Type.Object({ customId: Type.Optional(Id), errcode: Type.Optional(Whole) }), { maxItems: 1_000 })),
    AddSucInfo: Type.Optional(Ids),
  })),
})

export const DeleteAck = Type.Object({ info: Type.Optional(Type.Object({ DelErrInfo: Type.Optional(Ids), DelSucInfo: Type.Optional(Ids) })) })

/** Ids in one text, separated by commas: the terminal's whole list; empty where it holds nobody. */
export const QueryAck = Type.Object({
  info: Type.Optional(Type.Object({ customId: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 1_048_576 })])) })),
})
