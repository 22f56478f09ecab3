-- CreateTable
CREATE TABLE "PayOrder" (
    "outTradeNo" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "billId" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "merchantId" TEXT NOT NULL,
    "scene" TEXT NOT NULL,
    "totalFen" BIGINT NOT NULL,
    "description" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "expiresAtMs" BIGINT NOT NULL,
    "payStep" TEXT,
    "transactionId" TEXT,
    "paidFen" BIGINT,
    "paidAtMs" BIGINT,
    "bizDate" TEXT,
    "closedAtMs" BIGINT,
    "refundedFen" BIGINT NOT NULL DEFAULT 0,
    "parts" TEXT NOT NULL DEFAULT '[]',
    "prepaidFen" BIGINT NOT NULL DEFAULT 0,
    "liveBillId" TEXT,
    "nextQueryAtMs" BIGINT,
    "queries" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "PayEvent" (
    "channel" TEXT NOT NULL,
    "eventId" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "outTradeNo" TEXT NOT NULL,
    "receivedAtMs" BIGINT NOT NULL,
    "verdict" TEXT NOT NULL,
    "raw" TEXT NOT NULL,

    PRIMARY KEY ("channel", "eventId")
);

-- CreateTable
CREATE TABLE "PayRefund" (
    "outRefundNo" TEXT NOT NULL PRIMARY KEY,
    "outTradeNo" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "refundFen" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "makerId" TEXT NOT NULL,
    "checkerId" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "decidedAtMs" BIGINT,
    "submittedAtMs" BIGINT,
    "refundId" TEXT,
    "succeededAtMs" BIGINT,
    "bizDate" TEXT,
    "parts" TEXT NOT NULL DEFAULT '[]',
    "prepaidFen" BIGINT NOT NULL DEFAULT 0,
    "nextQueryAtMs" BIGINT,
    "queries" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "SuspenseItem" (
    "suspenseId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "merchantId" TEXT NOT NULL,
    "outTradeNo" TEXT NOT NULL,
    "transactionId" TEXT NOT NULL,
    "fen" BIGINT NOT NULL,
    "cause" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "proposal" TEXT,
    "makerId" TEXT,
    "checkerId" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "settledAtMs" BIGINT
);

-- CreateIndex
CREATE UNIQUE INDEX "PayOrder_liveBillId_key" ON "PayOrder"("liveBillId");

-- CreateIndex
CREATE INDEX "PayOrder_nextQueryAtMs_idx" ON "PayOrder"("nextQueryAtMs");

-- CreateIndex
CREATE INDEX "PayOrder_billId_idx" ON "PayOrder"("billId");

-- CreateIndex
CREATE INDEX "PayOrder_householdId_createdAtMs_idx" ON "PayOrder"("householdId", "createdAtMs");

-- CreateIndex
CREATE INDEX "PayOrder_estateId_bizDate_idx" ON "PayOrder"("estateId", "bizDate");

-- CreateIndex
CREATE UNIQUE INDEX "PayOrder_channel_transactionId_key" ON "PayOrder"("channel", "transactionId");

-- CreateIndex
CREATE INDEX "PayEvent_outTradeNo_idx" ON "PayEvent"("outTradeNo");

-- CreateIndex
CREATE INDEX "PayRefund_outTradeNo_idx" ON "PayRefund"("outTradeNo");

-- CreateIndex
CREATE INDEX "PayRefund_nextQueryAtMs_idx" ON "PayRefund"("nextQueryAtMs");

-- CreateIndex
CREATE INDEX "PayRefund_estateId_createdAtMs_idx" ON "PayRefund"("estateId", "createdAtMs");

-- CreateIndex
CREATE INDEX "SuspenseItem_estateId_state_idx" ON "SuspenseItem"("estateId", "state");

-- CreateIndex
CREATE UNIQUE INDEX "SuspenseItem_channel_transactionId_key" ON "SuspenseItem"("channel", "transactionId");
