/** Words about what residents ask of the estate's people. */
export const ticket = {
  states: '状态',
  state: { open: '待受理', taken: '办理中', done: '已答复' },
  kind: { rent: '租金和账单', repair: '报修', pass: '通行', 'data-erasure': '删除个人信息', other: '其他' },
  none: '没有这种状态的工单',
  noneHint: '住户在手机上点“请物业帮我”后，显示在这里。',
  gone: '已注销的住户',
  about: '关于账单',
  take: '受理',
  finish: '答复',
  finishTitle: '答复住户',
  answer: '答复内容',
  answerHint: '住户在手机上看到这段话',
  send: '发送并办结',
  erasureHint: '核对身份和租约后，在“住户”页注销此人；租约、账单、收款和票据依法保留。办完再答复。',
  many: '只显示前 200 件。',
}
export const ticketRefusal = {
  SV_TICKET_STATE: '已有人办理，请重新载入。',
}
