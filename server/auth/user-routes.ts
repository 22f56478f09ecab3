import { Type } from 'typebox'
import { callerOf, everywhere } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { NewUser, UserBody, UserList, UserParams } from './schemas.js'
import type { UserService } from './user-service.js'

const tags = ['user']

export const userRoutes = (deps: { users: UserService }): Routes => (app) => {
  const access = everywhere('admin')

  app.get('/api/users', {
    config: { access },
    schema: { summary: 'All users by login name', tags, response: { 200: UserList } },
  }, async () => ({ users: (await deps.users.list()).map((user) => ({ ...user, grants: [...user.grants] })) }))

  app.post('/api/users', {
    config: { access },
    schema: { summary: 'Add a user', tags, body: UserBody, response: { 201: NewUser } },
  }, async (request, reply) => reply.code(201).send(await deps.users.create(callerOf(request).userId, request.body)))

  app.post('/api/users/:userId/disable', {
    config: { access },
    schema: { summary: 'Disable a user and end their sessions', tags, params: UserParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.users.disable(callerOf(request).userId, request.params.userId)
    return reply.code(204).send(null)
  })
}
