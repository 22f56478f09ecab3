-- AlterTable
ALTER TABLE "OpeningList" ADD COLUMN "reversal" TEXT;

-- AlterTable
ALTER TABLE "OutboundMessage" ADD COLUMN "deliveredAtMs" BIGINT;
ALTER TABLE "OutboundMessage" ADD COLUMN "delivery" TEXT;
ALTER TABLE "OutboundMessage" ADD COLUMN "nextAskMs" BIGINT;

-- CreateTable
CREATE TABLE "WechatAddress" (
    "personRef" TEXT NOT NULL PRIMARY KEY,
    "openId" TEXT NOT NULL,
    "boundAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Ticket" (
    "ticketId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT,
    "personRef" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "billId" TEXT,
    "text" TEXT NOT NULL,
    "answer" TEXT,
    "state" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "takenBy" TEXT,
    "takenAtMs" BIGINT,
    "doneAtMs" BIGINT
);

-- CreateIndex
CREATE INDEX "Ticket_estateId_state_createdAtMs_idx" ON "Ticket"("estateId", "state", "createdAtMs");

-- CreateIndex
CREATE INDEX "Ticket_personRef_createdAtMs_idx" ON "Ticket"("personRef", "createdAtMs");

-- CreateIndex
CREATE INDEX "OutboundMessage_delivery_nextAskMs_idx" ON "OutboundMessage"("delivery", "nextAskMs");
