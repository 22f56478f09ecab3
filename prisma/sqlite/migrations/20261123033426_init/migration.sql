-- CreateTable
CREATE TABLE "Estate" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "district" TEXT NOT NULL,
    "rosterCursor" INTEGER NOT NULL DEFAULT 0,
    "createdAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Gate" (
    "estateId" TEXT NOT NULL,
    "gateId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "controllerId" TEXT NOT NULL,
    "doorNo" INTEGER NOT NULL,
    "releaseMs" INTEGER NOT NULL,
    "faceFreeWays" TEXT NOT NULL,
    "removedAtMs" BIGINT,

    PRIMARY KEY ("estateId", "gateId"),
    CONSTRAINT "Gate_estateId_fkey" FOREIGN KEY ("estateId") REFERENCES "Estate" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "GateCamera" (
    "estateId" TEXT NOT NULL,
    "cameraId" TEXT NOT NULL,
    "gateId" TEXT NOT NULL,

    PRIMARY KEY ("estateId", "cameraId"),
    CONSTRAINT "GateCamera_estateId_gateId_fkey" FOREIGN KEY ("estateId", "gateId") REFERENCES "Gate" ("estateId", "gateId") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Person" (
    "personRef" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "displayName" TEXT,
    "birthDate" TEXT,
    "unitLabel" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "removedAtMs" BIGINT,
    CONSTRAINT "Person_estateId_fkey" FOREIGN KEY ("estateId") REFERENCES "Estate" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ConsentNotice" (
    "version" TEXT NOT NULL PRIMARY KEY,
    "purpose" TEXT NOT NULL,
    "textZh" TEXT NOT NULL,
    "textEn" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "publishedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Consent" (
    "consentId" TEXT NOT NULL PRIMARY KEY,
    "personRef" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "noticeVersion" TEXT NOT NULL,
    "guardianRef" TEXT,
    "grantedAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,
    "endCause" TEXT,
    "recordedBy" TEXT NOT NULL,
    CONSTRAINT "Consent_personRef_fkey" FOREIGN KEY ("personRef") REFERENCES "Person" ("personRef") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Consent_noticeVersion_fkey" FOREIGN KEY ("noticeVersion") REFERENCES "ConsentNotice" ("version") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "TemplateHolding" (
    "consentId" TEXT NOT NULL,
    "gatewayId" TEXT NOT NULL,
    "personRef" TEXT NOT NULL,
    "templates" INTEGER NOT NULL,
    "enrolledAtMs" BIGINT,
    "erasedAtMs" BIGINT,
    "templatesRemoved" INTEGER,
    "registers" TEXT NOT NULL,

    PRIMARY KEY ("consentId", "gatewayId")
);

-- CreateTable
CREATE TABLE "Permit" (
    "permitId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "personRef" TEXT NOT NULL,
    "validFromMs" BIGINT NOT NULL,
    "validUntilMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,
    CONSTRAINT "Permit_personRef_fkey" FOREIGN KEY ("personRef") REFERENCES "Person" ("personRef") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "PermitGate" (
    "permitId" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "gateId" TEXT NOT NULL,

    PRIMARY KEY ("permitId", "gateId"),
    CONSTRAINT "PermitGate_permitId_fkey" FOREIGN KEY ("permitId") REFERENCES "Permit" ("permitId") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "PermitGate_estateId_gateId_fkey" FOREIGN KEY ("estateId", "gateId") REFERENCES "Gate" ("estateId", "gateId") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Gateway" (
    "gatewayId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "claimTokenHash" TEXT,
    "claimExpiresAtMs" BIGINT,
    "credentialHash" TEXT,
    "signingPublicKey" TEXT,
    "claimedAtMs" BIGINT,
    "revokedAtMs" BIGINT,
    "lastContactAtMs" BIGINT,
    "createdAtMs" BIGINT NOT NULL,
    CONSTRAINT "Gateway_estateId_fkey" FOREIGN KEY ("estateId") REFERENCES "Estate" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "GatewayEpoch" (
    "gatewayId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "startHash" TEXT NOT NULL,
    "grantedAtMs" BIGINT NOT NULL,
    "contiguousSeq" BIGINT NOT NULL,
    "contiguousHash" TEXT NOT NULL,
    "headSeq" BIGINT NOT NULL,
    "headHash" TEXT NOT NULL,
    "headSignature" TEXT,
    "ahead" TEXT NOT NULL DEFAULT '[]',
    "duplicates" BIGINT NOT NULL DEFAULT 0,
    "unprojected" BIGINT NOT NULL DEFAULT 0,
    "brokenAtSeq" BIGINT,
    "lastStartSeq" BIGINT NOT NULL DEFAULT 0,

    PRIMARY KEY ("gatewayId", "epoch")
);

-- CreateTable
CREATE TABLE "GatewayRecord" (
    "gatewayId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "receivedAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("gatewayId", "epoch", "seq")
);

-- CreateTable
CREATE TABLE "AccessEvent" (
    "passageId" TEXT NOT NULL PRIMARY KEY,
    "gatewayId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "estateId" TEXT NOT NULL,
    "gateId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "way" TEXT NOT NULL,
    "result" TEXT NOT NULL,
    "reason" TEXT,
    "personRef" TEXT,
    "permitId" TEXT,
    "score" REAL,
    "margin" REAL,
    "threshold" REAL,
    "liveness" REAL,
    "gallerySize" INTEGER NOT NULL,
    "modelId" TEXT NOT NULL,
    "frameAgeMs" REAL NOT NULL,
    "timings" TEXT NOT NULL,
    "occurredAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "PassageOutcome" (
    "gatewayId" TEXT NOT NULL,
    "passageId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "latencyMs" REAL,

    PRIMARY KEY ("gatewayId", "passageId")
);

-- CreateTable
CREATE TABLE "DoorEvent" (
    "gatewayId" TEXT NOT NULL,
    "eventId" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "gateId" TEXT,
    "deviceId" TEXT NOT NULL,
    "doorNo" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "occurredAtMs" BIGINT NOT NULL,
    "live" BOOLEAN NOT NULL,

    PRIMARY KEY ("gatewayId", "eventId")
);

-- CreateTable
CREATE TABLE "GateState" (
    "estateId" TEXT NOT NULL,
    "gateId" TEXT NOT NULL,
    "relay" TEXT NOT NULL,
    "contact" TEXT NOT NULL,
    "fire" BOOLEAN NOT NULL,
    "alarm" TEXT,
    "updatedAtMs" BIGINT NOT NULL,
    "registers" TEXT NOT NULL,

    PRIMARY KEY ("estateId", "gateId")
);

-- CreateTable
CREATE TABLE "DeviceState" (
    "estateId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "deviceKind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "clockOffsetMs" REAL,
    "updatedAtMs" BIGINT NOT NULL,
    "gatewayId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,

    PRIMARY KEY ("estateId", "deviceId")
);

-- CreateTable
CREATE TABLE "RosterChange" (
    "estateId" TEXT NOT NULL,
    "cursor" INTEGER NOT NULL,
    "itemKey" TEXT NOT NULL,
    "item" TEXT NOT NULL,

    PRIMARY KEY ("estateId", "cursor"),
    CONSTRAINT "RosterChange_estateId_fkey" FOREIGN KEY ("estateId") REFERENCES "Estate" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "User" (
    "userId" TEXT NOT NULL PRIMARY KEY,
    "loginName" TEXT NOT NULL,
    "displayName" TEXT NOT NULL,
    "passwordHash" TEXT NOT NULL,
    "disabledAtMs" BIGINT,
    "createdAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "RoleGrant" (
    "userId" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,

    PRIMARY KEY ("userId", "role", "estateId"),
    CONSTRAINT "RoleGrant_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("userId") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Session" (
    "tokenHash" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "lastSeenMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "address" TEXT NOT NULL,
    CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("userId") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "atMs" BIGINT NOT NULL,
    "userId" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "estateId" TEXT,
    "before" TEXT,
    "after" TEXT,
    "previousHash" TEXT NOT NULL,
    "hash" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "GateCamera_estateId_gateId_idx" ON "GateCamera"("estateId", "gateId");

-- CreateIndex
CREATE INDEX "Person_estateId_displayName_personRef_idx" ON "Person"("estateId", "displayName", "personRef");

-- CreateIndex
CREATE INDEX "Consent_personRef_idx" ON "Consent"("personRef");

-- CreateIndex
CREATE INDEX "Consent_guardianRef_idx" ON "Consent"("guardianRef");

-- CreateIndex
CREATE INDEX "Consent_endedAtMs_expiresAtMs_idx" ON "Consent"("endedAtMs", "expiresAtMs");

-- CreateIndex
CREATE INDEX "Permit_personRef_idx" ON "Permit"("personRef");

-- CreateIndex
CREATE INDEX "Permit_endedAtMs_validUntilMs_idx" ON "Permit"("endedAtMs", "validUntilMs");

-- CreateIndex
CREATE INDEX "PermitGate_estateId_gateId_idx" ON "PermitGate"("estateId", "gateId");

-- CreateIndex
CREATE UNIQUE INDEX "Gateway_claimTokenHash_key" ON "Gateway"("claimTokenHash");

-- CreateIndex
CREATE UNIQUE INDEX "Gateway_credentialHash_key" ON "Gateway"("credentialHash");

-- CreateIndex
CREATE INDEX "Gateway_estateId_idx" ON "Gateway"("estateId");

-- CreateIndex
CREATE INDEX "AccessEvent_estateId_occurredAtMs_passageId_idx" ON "AccessEvent"("estateId", "occurredAtMs", "passageId");

-- CreateIndex
CREATE INDEX "AccessEvent_estateId_gateId_occurredAtMs_passageId_idx" ON "AccessEvent"("estateId", "gateId", "occurredAtMs", "passageId");

-- CreateIndex
CREATE INDEX "AccessEvent_personRef_occurredAtMs_idx" ON "AccessEvent"("personRef", "occurredAtMs");

-- CreateIndex
CREATE INDEX "AccessEvent_occurredAtMs_passageId_idx" ON "AccessEvent"("occurredAtMs", "passageId");

-- CreateIndex
CREATE INDEX "DoorEvent_estateId_occurredAtMs_idx" ON "DoorEvent"("estateId", "occurredAtMs");

-- CreateIndex
CREATE INDEX "RosterChange_estateId_itemKey_idx" ON "RosterChange"("estateId", "itemKey");

-- CreateIndex
CREATE UNIQUE INDEX "User_loginName_key" ON "User"("loginName");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "Session_expiresAtMs_idx" ON "Session"("expiresAtMs");

-- CreateIndex
CREATE INDEX "AuditEntry_subject_idx" ON "AuditEntry"("subject");

-- CreateIndex
CREATE INDEX "AuditEntry_atMs_idx" ON "AuditEntry"("atMs");
