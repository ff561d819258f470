# Fits by lavaan, then Newton steps from its own gradient and information: nlminb stops at half the digits.
polished <- function(fitter, ...) {
  fit <- suppressWarnings(fitter(...))
  for (i in 1:30) {
    g <- lavInspect(fit, "gradient"); I <- lavInspect(fit, "information.expected")
    K <- if (fit@Model@eq.constraints) fit@Model@eq.constraints.K else diag(length(g))
    step <- K %*% solve(t(K) %*% I %*% K, t(K) %*% g)
    table <- parTable(fit); free <- table$free > 0
    table$est[free] <- table$est[free] - step[table$free[free]]
    fit <- suppressWarnings(fitter(..., start = table, optim.method = "none"))
    if (max(abs(step)) < 1e-10) return(fit)
  }
  stop("not polished: ", max(abs(step)))
}
