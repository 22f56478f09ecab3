-- CreateTable
CREATE TABLE "SuspensePayout" (
    "suspenseId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "slipNo" TEXT NOT NULL,
    "slipSha256" TEXT NOT NULL,
    "payeeName" TEXT NOT NULL,
    "payeeIdTail" TEXT NOT NULL,
    "desk" TEXT,
    "fen" BIGINT NOT NULL,
    "paidBy" TEXT NOT NULL,
    "paidAtMs" BIGINT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "SuspensePayout_estateId_slipNo_key" ON "SuspensePayout"("estateId", "slipNo");
