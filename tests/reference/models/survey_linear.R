# Response surface, moderation, mediation, systems of equations, fixed effects, adjusted p-values;
# reads data/survey_simulated.csv, writes survey_linear.json.
# Rscript tests/reference/models/survey_linear.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(sandwich); library(car)})
folder <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(file.path(folder, "data", "survey_simulated.csv"))
n <- nrow(d); G <- length(unique(d$unit))
cr1 <- function(fit, cluster = d$unit) vcovCL(fit, cluster = cluster, type = "HC1")

# Surface parameters: car::deltaMethod takes symbolic derivatives of these strings.
d$x <- d$duty - 3; d$y <- d$power - 3
surface <- lm(burnout ~ x + y + I(x^2) + I(x * y) + I(y^2) + age, data = d)
forms <- c(a1 = "b1+b2", a2 = "b3+b4+b5", a3 = "b1-b2", a4 = "b3-b4+b5", a5 = "b3-b5",
           x0 = "(b2*b4-2*b1*b5)/(4*b3*b5-b4^2)", y0 = "(b1*b4-2*b2*b3)/(4*b3*b5-b4^2)")
p11 <- "((b5-b3+sqrt((b3-b5)^2+b4^2))/b4)"; p21 <- "((b5-b3-sqrt((b3-b5)^2+b4^2))/b4)"
forms <- c(forms, p10 = paste(forms["y0"], "-", p11, "*", forms["x0"]), p11 = p11,
           p20 = paste(forms["y0"], "-", p21, "*", forms["x0"]), p21 = p21)
b <- setNames(coef(surface), c("b0", paste0("b", 1:5), "b6"))
delta <- t(sapply(forms, function(f) unlist(deltaMethod(b, f, vcov. = cr1(surface))[1:2])))

# Johnson-Neyman bounds as roots of the polynomial, with the clustered covariance.
moderated <- lm(response ~ imbalance * collaboration + age, data = d)
B <- coef(moderated)[c("imbalance", "imbalance:collaboration")]
V <- cr1(moderated)[names(B), names(B)]
bounds <- function(c2) {
  r <- polyroot(c(B[1]^2 - c2 * V[1, 1], 2 * (B[1] * B[2] - c2 * V[1, 2]), B[2]^2 - c2 * V[2, 2]))
  if (max(abs(Im(r))) > 1e-8) numeric(0) else sort(Re(r))
}
slopes <- sapply(c(-1, 0, 1), function(w) c(B[1] + w * B[2], sqrt(V[1, 1] + 2 * w * V[1, 2] + w^2 * V[2, 2])))

# Mediation: two regressions; joint covariance of both from stacked scores; sensitivity by solving
# the two equations of the errors' covariances for the path b at each rho.
first <- lm(conflict ~ pressure + age, data = d)
second <- lm(imbalance ~ pressure + age + conflict, data = d)
both <- lm(imbalance ~ pressure + age, data = d)
scores <- function(fit) sqrt((n - 1) / df.residual(fit)) * estfun(fit) %*% (solve(crossprod(model.matrix(fit))))
psi <- rowsum(cbind(scores(first), scores(second)), d$unit)
J <- G / (G - 1) * crossprod(psi)
a <- coef(first)["pressure"]; bb <- coef(second)["conflict"]
g <- replace(numeric(7), c(2, 7), c(bb, a))
e1 <- resid(both); e2 <- resid(first)
s11 <- mean(e1^2); s12 <- mean(e1 * e2); s22 <- mean(e2^2)
at_rho <- function(rho) {
  # e1 = gamma e2 + e3 with cor(e2, e3) = rho: solve var(e1) for sd(e3), then cov(e1, e2) for gamma.
  gap <- function(s3) { gamma <- (s12 - rho * s3 * sqrt(s22)) / s22
    gamma^2 * s22 + s3^2 + 2 * gamma * rho * s3 * sqrt(s22) - s11 }
  s3 <- uniroot(gap, c(0, 20 * sqrt(s11)), tol = 1e-14)$root
  a * (s12 - rho * s3 * sqrt(s22)) / s22
}
rhos <- c(-0.8, -0.3, 0, 0.2, 0.6)
r2 <- function(fit) summary(fit)$r.squared
rho0 <- s12 / sqrt(s11 * s22)
d$xw <- d$pressure * d$collaboration; d$mw <- d$conflict * d$collaboration
m1 <- lm(conflict ~ pressure + collaboration + xw + age, d)
y1 <- lm(imbalance ~ pressure + age + conflict, d)
m2 <- lm(conflict ~ pressure + age, d); y2 <- lm(imbalance ~ pressure + age + conflict + collaboration + mw, d)

# System: one big regression on stacked rows, clusters over all rows; factor of each equation.
phases <- c("assessment", "warning", "response", "aftermath")
long <- do.call(rbind, lapply(phases, function(p) data.frame(phase = p, y = d[[p]], d[c("imbalance", "collaboration", "age", "unit")])))
long$phase <- factor(long$phase, phases)
stack <- lm(y ~ 0 + phase + phase:(imbalance + collaboration + age), data = long)
VS <- vcovCL(stack, cluster = long$unit, type = "HC0", cadjust = TRUE) * (n - 1) / (n - 4)
wald <- function(R) { r <- R %*% coef(stack); q <- nrow(R); W <- drop(t(r) %*% solve(R %*% VS %*% t(R), r))
  c(chi2 = W, F = W / q * (G - q) / (G - 1), p = pf(W / q * (G - q) / (G - 1), q, G - q, lower.tail = FALSE), chi2_p = pchisq(W, q, lower.tail = FALSE)) }
rows <- function(term) { R <- matrix(0, 4, length(coef(stack))); at <- match(paste0("phase", phases, ":", term), names(coef(stack)))
  R[cbind(1:4, at)] <- 1; R }
same <- function(term) { R <- rows(term); R[rep(1, 3), ] - R[2:4, ] }

# Fixed effects of counties by dummies; the factor leaves nested effects out.
dummies <- lm(imbalance ~ pressure + conflict + age + county, data = d)
k <- 3
fe <- function(cluster, counted) { g <- length(unique(cluster))
  V <- vcovCL(dummies, cluster = cluster, type = "HC0", cadjust = FALSE)
  sqrt(diag(V))[2:4] * sqrt(g / (g - 1) * (n - 1) / (n - counted)) }

p <- c(0.01, 0.02, 0.03, 0.04, 0.05, 0.001, 0.2, 0.02, NA, 0.9)
version <- function(p) as.character(packageVersion(p))
write_json(list(
  r = R.version.string, packages = list(sandwich = version("sandwich"), car = version("car")),
  surface = list(value = unname(delta[, 1]), se = unname(delta[, 2]), beta = unname(coef(surface)),
                 beta_se = unname(sqrt(diag(cr1(surface))))),
  moderation = list(slopes = unname(slopes[1, ]), slopes_se = unname(slopes[2, ]),
                    pointwise = bounds(qt(0.975, G - 1)^2), simultaneous = bounds(2 * qf(0.95, 2, G - 1))),
  mediation = list(a = unname(a), b = unname(bb), direct = unname(coef(second)["pressure"]),
                   total = unname(coef(both)["pressure"]), indirect = unname(a * bb),
                   delta_se = sqrt(drop(t(g) %*% J %*% g))),
  sensitivity = list(rho = rhos, value = unname(sapply(rhos, at_rho)), rho_at_zero = rho0,
                     r2_residual = rho0^2, r2_total = rho0^2 * (1 - r2(first)) * (1 - r2(second))),
  moderated = list(first = unname(coef(m1)["xw"] * coef(y1)["conflict"]),
                   second = unname(coef(m2)["pressure"] * coef(y2)["mw"])),
  system = list(beta = unname(sapply(phases, function(p) coef(lm(reformulate(c("imbalance", "collaboration", "age"), p), d)))),
                se = unname(sapply(phases, function(p) sqrt(diag(cr1(lm(reformulate(c("imbalance", "collaboration", "age"), p), d)))))),
                joint = as.list(wald(rows("imbalance"))), equal = as.list(wald(same("collaboration")))),
  fixed = list(beta = unname(coef(dummies)[2:4]), nested = unname(fe(d$county, k + 1)),
               crossed = unname(fe(d$unit, k + length(unique(d$county))))),
  adjust = list(p = p, holm = p.adjust(p, "holm"), hochberg = p.adjust(p, "hochberg"), bonferroni = p.adjust(p, "bonferroni"),
                bh = p.adjust(p, "BH"), by = p.adjust(p, "BY"))
), file.path(folder, "survey_linear.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE, na = "null")
