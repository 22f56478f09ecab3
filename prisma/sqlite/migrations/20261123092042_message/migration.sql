-- CreateTable
CREATE TABLE "OutboundMessage" (
    "messageId" TEXT NOT NULL PRIMARY KEY,
    "dedupeKey" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "personRef" TEXT NOT NULL,
    "channel" TEXT,
    "template" TEXT NOT NULL,
    "templateVersion" INTEGER NOT NULL,
    "fields" TEXT,
    "contentHash" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAtMs" BIGINT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "sentAtMs" BIGINT,
    "receipt" TEXT,
    "problem" TEXT
);

-- CreateIndex
CREATE UNIQUE INDEX "OutboundMessage_dedupeKey_key" ON "OutboundMessage"("dedupeKey");

-- CreateIndex
CREATE INDEX "OutboundMessage_state_nextAtMs_idx" ON "OutboundMessage"("state", "nextAtMs");

-- CreateIndex
CREATE INDEX "OutboundMessage_personRef_idx" ON "OutboundMessage"("personRef");
