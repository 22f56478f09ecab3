import { Type } from 'typebox'
import { Closed, Nullable } from '#contract/wire-types.js'
import { scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { AddressService } from '../message/address-service.js'
import { originOf } from './money-routes.js'
import type { FindResident } from './resident-finder.js'

const tags = ['resident']
const own = { access: scoped('resident') }
const Answer = Closed({ offered: Type.Boolean(), bound: Type.Boolean(), url: Nullable(Type.String({ description: 'To be opened in WeChat' })) })
const Body = Closed({ code: Type.String({ pattern: '^[\\w-]{8,128}$' }) })

/** Residents say whether messages come to their WeChat. */
export const wechatRoutes = (deps: { findResident: FindResident; addresses: AddressService }): Routes => (app) => {
  const { findResident, addresses } = deps

  app.get('/api/my/wechat', {
    config: own, schema: { summary: 'Whether messages come to the own WeChat, and where that is agreed to', tags, response: { 200: Answer } },
  }, async (request) => addresses.state((await findResident(request)).personRef, `${originOf(request)}/me`))

  app.post('/api/my/wechat', {
    config: own, schema: { summary: 'Have messages sent to the own WeChat from now on', tags, body: Body, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    const me = await findResident(request)
    await addresses.bind(me.userId, me, request.body.code)
    return reply.code(204).send(null)
  })

  app.delete('/api/my/wechat', {
    config: own, schema: { summary: 'No more messages to the own WeChat', tags, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    const me = await findResident(request)
    await addresses.unbind(me.userId, me)
    return reply.code(204).send(null)
  })
}
